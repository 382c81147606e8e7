import { type Incident, ownerOf, type Verb } from '@cityloop/contracts';
import { mayLackKeys } from '@cityloop/incident';
import { keyId } from './keys.ts';
import { type Whereabouts, type Work, workId } from './work.ts';

type Dossiers = ReadonlyMap<string, Pick<Incident, 'keys'>>;

/**
 * Keys of commands in a batch that an earlier holder may have done without the dossier telling: those
 * that follow custody, where the dossier has room for the keys of the newest only. The earlier holders
 * have their answers; what they did is durable before their hand-over is read, so nothing comes between.
 */
export function keysInDoubt(
  works: readonly Work[],
  known: ReadonlyMap<string, Whereabouts>,
): readonly string[] {
  const follows = works.some((w) => w.kind === 'command' && followsCustody(w.command.command.verb));
  if (!follows) return [];
  const dossiers = dossiersOf(works, known);
  const amounts = new Map<string, number>();
  for (const work of works) {
    if (work.kind === 'command') amounts.set(workId(work), (amounts.get(workId(work)) ?? 0) + 1);
  }
  const keys: string[] = [];
  for (const work of works) {
    if (work.kind !== 'command' || work.command.key === undefined) continue;
    const { command, incidentId, subject, key } = work.command;
    const dossier = dossiers.get(incidentId);
    if (dossier === undefined || !mayLackKeys(dossier, amounts.get(incidentId) ?? 1)) continue;
    if (followsCustody(command.verb)) keys.push(keyId(subject.id, key));
  }
  return keys;
}

/** As they are when the batch begins, or as a hand-over in it brings them. */
function dossiersOf(works: readonly Work[], known: ReadonlyMap<string, Whereabouts>): Dossiers {
  const dossiers = new Map<string, Pick<Incident, 'keys'>>();
  for (const [id, { incident }] of known) if (incident !== undefined) dossiers.set(id, incident);
  for (const work of works) {
    const brought = work.kind === 'arrival' ? work.event.data.dossier : undefined;
    if (brought !== undefined) dossiers.set(brought.id, brought);
  }
  return dossiers;
}

/** Asks have no owner either: they go to whoever holds the incident. */
function followsCustody(verb: string): boolean {
  return ownerOf(verb as Verb) === undefined;
}
