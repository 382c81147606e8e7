import type { Incident, Stage, Subject } from '@cityloop/contracts';
import { mayRead, type Scoped } from '@cityloop/incident';
import { NotFound, RuleViolation } from '@cityloop/kernel';
import { give as giveTo } from '@cityloop/service';
import type { Answer, Command } from '@cityloop/stage';
import type { Loop } from './loop.ts';

const HOPS = 8;
/** How long a read waits for a hand-over or a version, and between two looks, ms. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 15;

/** Gives a command to the service it belongs to, or to whoever holds the incident. */
export function give(loop: Loop, command: Command): Promise<Answer> {
  return giveTo(loop.stages, command);
}

/**
 * The incident as its holder has it, at this version or a newer one; waits 2 s at most for one that is
 * on its way. Throws `NotFound` at once when the caller may not see it: how long an answer takes tells
 * no more than the answer. `IN_TRANSIT` when it did not arrive.
 */
export async function readIncident(
  loop: Loop,
  subject: Subject,
  incidentId: string,
  minVersion: number,
): Promise<Incident> {
  const patience = performance.now() + PATIENCE_MS;
  for (;;) {
    const { incident, scope } = await lookFor(loop, subject, incidentId);
    if (incident !== undefined && incident.version >= minVersion) return incident;
    // In transit, or the version asked for is still on its way: look again in a moment.
    if (performance.now() > patience) {
      if (incident !== undefined) return incident;
      throw scope === undefined ? unknown() : inTransit();
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/**
 * The incident as its holder has it, for our own eyes: waits 2 s at most for one that is on its way,
 * then throws `IN_TRANSIT`; `NotFound` at once when nobody knows it.
 */
export async function arrived(loop: Loop, incidentId: string): Promise<Incident> {
  const patience = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look(loop, incidentId);
    if (found === undefined) throw unknown();
    if (found.incident !== undefined) return found.incident;
    if (performance.now() > patience) throw inTransit();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** One look for who may see it; a foreign incident is not there. */
async function lookFor(
  loop: Loop,
  subject: Subject,
  incidentId: string,
): Promise<{ readonly incident?: Incident | undefined; readonly scope?: Scoped | undefined }> {
  const found = await look(loop, incidentId);
  if (found === undefined) throw unknown();
  const { incident } = found;
  const scope = await scopeFrom(loop, incidentId, found);
  if (scope !== undefined && !mayRead(subject, scope)) throw unknown();
  return { incident, scope };
}

function unknown(): NotFound {
  return new NotFound('INCIDENT_NOT_FOUND', '没有这个案件 / no such incident');
}

function inTransit(): RuleViolation {
  return new RuleViolation(
    'IN_TRANSIT',
    '案件正在移交，请稍后重试 / the incident is being handed over, try again',
    { retryAfter: 1 },
  );
}

/** What is known of an incident: its holder's state, or who has sent it on its way. */
export type Looked = {
  /** Absent while it is on its way. */
  readonly incident?: Incident | undefined;
  /** Who handed it over last, while it is on its way. */
  readonly leftBy?: Stage | undefined;
};

/** What its holder has; undefined when nobody knows the id. */
export async function look(loop: Loop, incidentId: string): Promise<Looked | undefined> {
  const hint = await loop.picture.get(incidentId);
  let stage: Stage = hint?.custodian ?? 'intake';
  let leftBy: Stage | undefined;
  let version = 0;
  for (let hop = 0; hop < HOPS; hop++) {
    const at = await loop.stages[stage].whereabouts(incidentId);
    if (at?.incident !== undefined) return { incident: at.incident };
    if (at === undefined && hop === 0 && hint === undefined) return undefined;
    // Who had it before, and has not heard of its coming back, knows less.
    if (at === undefined || at.custodian === stage || at.version <= version) return { leftBy };
    leftBy = stage;
    version = at.version;
    stage = at.custodian;
  }
  return { leftBy };
}

/**
 * What decides who may see an incident: as its holder has it, or as it was handed over while it is on its
 * way, or else as the picture last saw it, which follows the log and may be behind.
 */
export async function scopeFrom(
  loop: Loop,
  incidentId: string,
  { incident, leftBy }: Looked,
): Promise<Scoped | undefined> {
  if (incident !== undefined) return incident;
  const left = leftBy && (await loop.stages[leftBy].handedOver(incidentId));
  return left ?? (await loop.picture.get(incidentId))?.scope;
}
