import { isDeepStrictEqual } from 'node:util';
import { type DistrictPack, type PackSection, packSections } from '@cityloop/contracts';

/** What changes in one section, by the ids of its entries. */
export type SectionDiff = {
  readonly section: PackSection;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
};
export type PackDiff = readonly SectionDiff[];

/** The sections that differ, in the order of the pack; empty when nothing does. */
export function diffPacks(before: DistrictPack, after: DistrictPack): PackDiff {
  return packSections.flatMap((section) => {
    const diff = diffSection(section, entriesOf(before, section), entriesOf(after, section));
    return diff.added.length + diff.removed.length + diff.changed.length === 0 ? [] : [diff];
  });
}

/** The difference as lines for a terminal: `+` new, `-` gone, `~` changed. */
export function formatPackDiff(diff: PackDiff): string {
  if (diff.length === 0) return '没有变化 / no change';
  return diff
    .flatMap(({ section, added, removed, changed }) => [
      section,
      ...added.map((id) => `  + ${id}`),
      ...removed.map((id) => `  - ${id}`),
      ...changed.map((id) => `  ~ ${id}`),
    ])
    .join('\n');
}

type Entries = ReadonlyMap<string, unknown>;

function diffSection(section: PackSection, before: Entries, after: Entries): SectionDiff {
  const added = [...after.keys()].filter((id) => !before.has(id));
  const removed = [...before.keys()].filter((id) => !after.has(id));
  const changed = [...after].flatMap(([id, entry]) =>
    before.has(id) && !isDeepStrictEqual(before.get(id), entry) ? [id] : [],
  );
  // The first row that fits counts, so a row that only moved is a change, too.
  const ordered = section === 'routing' || section === 'approvals' || section === 'escalation';
  if (ordered && added.length + removed.length + changed.length === 0) {
    const order = [...before.keys()];
    return {
      section,
      added,
      removed,
      changed: [...after.keys()].filter((id, at) => order[at] !== id),
    };
  }
  return { section, added, removed, changed };
}

function entriesOf(pack: DistrictPack, section: PackSection): Entries {
  switch (section) {
    case 'centres':
    case 'units':
    case 'people':
    case 'routing':
    case 'modes':
      return new Map(pack[section].map((entry) => [entry.id, entry]));
    case 'rosters':
      return new Map(pack.rosters.map((roster) => [roster.of, roster]));
    case 'areas':
    case 'catalogue':
      return new Map(pack[section].map((entry) => [entry.code, entry]));
    case 'approvals':
      return new Map(
        pack.approvals.map((row) => [`${row.act} ${JSON.stringify(row.when ?? {})}`, row]),
      );
    case 'escalation': {
      const { ladders, ...rest } = pack.escalation;
      const rows = ladders.map((ladder): [string, unknown] => [ladder.id, ladder]);
      return new Map([...Object.entries(rest), ...rows]);
    }
    case 'calendars':
      return new Map<string, unknown>([
        [pack.calendars.holidayFile, pack.calendars.holidays],
        ...pack.calendars.definitions.map((entry) => [entry.id, entry] as const),
      ]);
    default:
      return new Map(Object.entries(pack[section]));
  }
}
