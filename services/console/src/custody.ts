import {
  type Incident,
  type IncidentCommand,
  ownerOf,
  type Stage,
  systemSubject,
  type Verb,
} from '@cityloop/contracts';
import { CityLoopError, NotFound } from '@cityloop/kernel';
import type { Answer, Command } from '@cityloop/stage';
import type { Loop } from './loop.ts';

const HOPS = 8;

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
  given: { incidentId: string; verb: string; body: unknown; key: string },
): Promise<Answer> {
  return give(loop, {
    incidentId: given.incidentId,
    // Asks are made by our own code from the schemas of the contract.
    command: { verb: given.verb, body: given.body } as IncidentCommand,
    subject: systemSubject,
    key: given.key,
  });
}

/** The incident as its holder has it. */
export async function readIncident(
  loop: Loop,
  incidentId: string,
  minVersion: number,
): Promise<Incident | undefined> {
  const patience = performance.now() + 2_000;
  for (;;) {
    const found = await look(loop, incidentId);
    if (found === undefined) return undefined;
    if (found.incident !== undefined && found.incident.version >= minVersion) return found.incident;
    // In transit, or the version asked for is still on its way: look again in a moment.
    if (performance.now() > patience) return found.incident;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

async function look(
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
  if (stage === undefined) {
    throw new NotFound('INCIDENT_NOT_FOUND', '没有这个案件 / no such incident');
  }
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
