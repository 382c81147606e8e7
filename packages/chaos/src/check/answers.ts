import { keyId } from '@cityloop/stage';
import type { Op, Outcome } from '../load/history.ts';
import type { Ledger } from './ledger.ts';

type Entry = readonly [op: Op, outcome: Outcome | undefined];

/**
 * I1 and I9 from the clients' side: what they were told was done is in the ledger exactly once, where they
 * were told; what they were told was refused is not; of what they were told nothing, nothing is left open.
 */
export function checkAnswers(
  entries: readonly Entry[],
  { effects, incidents }: Pick<Ledger, 'effects' | 'incidents'>,
): readonly string[] {
  return entries.flatMap(([op, outcome]) => {
    const wrong = wrongOf(op, outcome, effects.get(keyId(op.who, op.key)) ?? [], incidents);
    return wrong === undefined ? [] : [`${op.verb} #${op.n} (${op.path}): ${wrong}`];
  });
}

function wrongOf(
  op: Op,
  outcome: Outcome | undefined,
  effects: readonly { readonly incident: string; readonly version: number }[],
  incidents: Ledger['incidents'],
): string | undefined {
  const [first] = effects;
  if (effects.length > 1) return `I1 was done ${effects.length} times`;
  if (outcome === undefined || outcome.kind === 'unknown') return 'I9 was never answered for good';
  if (outcome.kind === 'refused') {
    return first === undefined ? undefined : `I9 was refused with ${outcome.code}, and was done`;
  }
  if (first === undefined) return 'I1 was acknowledged, and is not in the ledger';
  if (first.incident !== outcome.incident) return `I1 was answered with ${outcome.incident}`;
  const meant = /^incidents\/([^/]+)/.exec(op.path)?.[1];
  if (meant !== undefined && meant !== first.incident) return `I1 was done to ${first.incident}`;
  const last = incidents.get(first.incident)?.version ?? 0;
  const fits = outcome.version >= first.version && outcome.version <= last;
  return fits
    ? undefined
    : `I1 was answered with version ${outcome.version}; it is ${first.version} of ${last}`;
}

/** Every incident people brought to its end is archived, and every record of the import, once. */
export function checkEnds(
  archived: readonly string[],
  numbers: readonly string[],
  { incidents, sources }: Pick<Ledger, 'incidents' | 'sources'>,
): readonly string[] {
  const people = archived
    .filter((id) => incidents.get(id)?.archived !== true)
    .map((id) => `I1 ${id} was brought to its end and is not archived`);
  const records = numbers.flatMap((number) => {
    const [id, ...more] = sources.get(number) ?? [];
    if (id === undefined) return [`I1 record ${number} was imported and is not there`];
    if (more.length > 0) return [`I1 record ${number} is there ${more.length + 1} times`];
    if (incidents.get(id)?.archived === true) return [];
    return [`I8 record ${number} was driven to its end and is not archived`];
  });
  return [...people, ...records];
}
