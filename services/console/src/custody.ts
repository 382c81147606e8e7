import {
  type Incident,
  type IncidentCommand,
  ownerOf,
  type Stage,
  type Subject,
  systemSubject,
  type Verb,
} from '@cityloop/contracts';
import { mayRead, type Scoped } from '@cityloop/incident';
import { CityLoopError, NotFound, RuleViolation } from '@cityloop/kernel';
import type { Answer, Command } from '@cityloop/stage';
import type { Loop } from './loop.ts';

const HOPS = 8;
/** How long a read waits for a hand-over or a version, and between two looks, ms. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 15;

/** Which service holds an incident, asked of all five; undefined when none has ever seen it. */
export async function locate(
  stages: Loop['stages'],
  incidentId: string,
): Promise<{ custodian: Stage; version: number } | undefined> {
  const answers = await Promise.all(Object.values(stages).map((stage) => stage.row(incidentId)));
  let newest: { custodian: Stage; version: number } | undefined;
  for (const at of answers) {
    if (at === undefined || (newest !== undefined && newest.version >= at.version)) continue;
    newest = { custodian: at.custodian, version: at.version };
  }
  return newest;
}

/** Gives a command to the service it belongs to, or to whoever holds the incident. */
export async function give(loop: Loop, command: Command): Promise<Answer> {
  // Asks have no owner: they follow custody like the common commands.
  const owner = ownerOf(command.command.verb as Verb);
  if (owner !== undefined) return loop.stages[owner].command(command);
  return follow(loop, command.incidentId, (stage) => loop.stages[stage].command(command));
}

/** What one part of the system asks of an incident's holder. */
export function ask(
  loop: Loop,
  given: {
    incidentId: string;
    verb: string;
    body: unknown;
    key: string;
    importing?: boolean | undefined;
  },
): Promise<Answer> {
  return give(loop, {
    incidentId: given.incidentId,
    // Asks are made by our own code from the schemas of the contract.
    command: { verb: given.verb, body: given.body } as IncidentCommand,
    subject: systemSubject,
    key: given.key,
    importing: given.importing,
  });
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
  const scope = incident ?? (await loop.picture.get(incidentId))?.scope;
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

/** What its holder has; `incident` is absent while it is on its way, all when nobody knows the id. */
export async function look(
  loop: Loop,
  incidentId: string,
): Promise<{ incident: Incident | undefined } | undefined> {
  const hint = await loop.picture.get(incidentId);
  let stage: Stage = hint?.custodian ?? 'intake';
  for (let hop = 0; hop < HOPS; hop++) {
    const at = await loop.stages[stage].whereabouts(incidentId);
    if (at?.incident !== undefined) return { incident: at.incident };
    if (at === undefined && hop === 0 && hint === undefined) return undefined;
    if (at === undefined || at.custodian === stage) return { incident: undefined };
    stage = at.custodian;
  }
  return { incident: undefined };
}

async function follow(
  loop: Loop,
  incidentId: string,
  run: (stage: Stage) => Promise<Answer>,
): Promise<Answer> {
  let stage = (await locate(loop.stages, incidentId))?.custodian;
  if (stage === undefined) throw unknown();
  for (let hop = 0; ; hop++) {
    try {
      return await run(stage);
    } catch (error) {
      const next = movedTo(error);
      if (next === undefined || hop === HOPS) throw error;
      stage = next;
    }
  }
}

function movedTo(error: unknown): Stage | undefined {
  if (!(error instanceof CityLoopError) || error.code !== 'NOT_IN_CUSTODY') return undefined;
  // Set by `notInCustody` only.
  return error.details.custodian as Stage;
}
