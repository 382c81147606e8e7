import { give, type Loop, subjectOfPerson } from '@cityloop/console';
import {
  commandBodies,
  type DistrictPack,
  type IncidentCommand,
  ReportBody,
  type Subject,
} from '@cityloop/contracts';
import type { Incident } from '../incident.ts';

/** What one person does with an incident. */
export type Step = {
  readonly person: string;
  readonly verb: keyof typeof commandBodies;
  readonly body: Readonly<Record<string, unknown>>;
};

const CATEGORY = 'E01-28';
/** Who reports the incidents of the loop. */
export const REPORTER = 'tao-grid';

/**
 * A subdistrict's own incident, every step by who does it in the demo district. It is closed by rule
 * after the check. The row demands no photo: there is no upload in the loop of the peers either.
 */
export const STEPS: readonly Step[] = [
  { person: 'he-clerk', verb: 'file', body: { categoryCode: CATEGORY, standardId: 'E01-28.1' } },
  { person: 'lv-dispatcher', verb: 'assign', body: { unitId: 'wujiaochang-enforcement' } },
  { person: 'hua-enforcement-member', verb: 'receive', body: {} },
  { person: 'hua-enforcement-member', verb: 'finish', body: { result: 'resolved' } },
  { person: 'yan-enforcement-leader', verb: 'confirm', body: {} },
  { person: 'zhang-verifier', verb: 'check', body: { outcome: 'pass' } },
  { person: 'kong-evaluator', verb: 'archive', body: {} },
];

/** Takes one incident through the whole loop; resolves with its last version: its number of events. */
export type Journey = (incident: Incident) => Promise<number>;

/** The report an incident begins with, as it comes from a wire. */
export function reportOf(incident: Incident): object {
  const { channel, description, location } = incident;
  return { channel, description, location, categoryCode: CATEGORY };
}

/**
 * The commands of all stages as their people give them: bodies as they come from a wire and are
 * checked, each with a key as the console sends it, the next one when the one before was answered.
 */
export function createJourney(loop: Loop, pack: DistrictPack): Journey {
  const subjects = new Map<string, Subject>(
    pack.people.map((person) => [person.id, subjectOfPerson(person)]),
  );
  const subject = (id: string): Subject => {
    const found = subjects.get(id);
    if (found === undefined) throw new Error(`the pack of the bench has nobody called ${id}`);
    return found;
  };
  return async (incident) => {
    const born = await loop.report({
      body: ReportBody.parse(reportOf(incident)),
      subject: subject(REPORTER),
      key: incident.id,
    });
    let version = born.version;
    for (const { person, verb, body } of STEPS) {
      const answer = await give(loop, {
        incidentId: born.id,
        // The body was parsed by the schema of this very verb.
        command: { verb, body: commandBodies[verb].parse(body) } as IncidentCommand,
        subject: subject(person),
        key: `${incident.id}/${verb}`,
      });
      version = answer.version;
    }
    return version;
  };
}
