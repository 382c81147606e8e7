import type { DistrictPack, PackSection } from '@cityloop/contracts';

/** A mistake in a pack: where it stands and what is wrong, in words for the person who wrote the pack. */
export type PackProblem = {
  readonly section: PackSection;
  /** Members and indexes from the section's root to the value. */
  readonly path: readonly (string | number)[];
  readonly reason: string;
};

/** Looks at one matter of a pack and adds what is wrong with it. */
export type PackCheck = (pack: DistrictPack, problems: PackProblem[]) => void;

/** Adds a problem for every id that was there before; returns the entries by id, the first of each. */
export function uniqueBy<T>(
  entries: readonly T[],
  idOf: (entry: T) => string,
  problem: (index: number, id: string, firstIndex: number) => PackProblem,
  problems: PackProblem[],
): ReadonlyMap<string, T> {
  const firstIndex = new Map<string, number>();
  const byId = new Map<string, T>();
  for (const [index, entry] of entries.entries()) {
    const id = idOf(entry);
    const first = firstIndex.get(id);
    if (first !== undefined) {
      problems.push(problem(index, id, first));
      continue;
    }
    firstIndex.set(id, index);
    byId.set(id, entry);
  }
  return byId;
}

/** The usual wording of a doubled id. */
export function doubled(
  section: PackSection,
  member: string,
  at: readonly (string | number)[] = [],
): (index: number, id: string, firstIndex: number) => PackProblem {
  return (index, id, firstIndex) => ({
    section,
    path: [...at, index, member],
    reason: `“${id}”重复，第 ${firstIndex + 1} 项已用`,
  });
}
