import { fileURLToPath } from 'node:url';
import type { DistrictPack } from '@cityloop/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkPack } from './check-pack.ts';
import { loadPack } from './load.ts';

type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;
type Draft = Writable<DistrictPack>;

let pack: DistrictPack;

beforeAll(async () => {
  pack = await loadPack(fileURLToPath(new URL('../../../../infra/packs/yangpu', import.meta.url)));
});

/** The problems after something was spoilt, as `section path`. */
function problemsAfter(spoil: (draft: Draft) => void): string[] {
  // Writable is the same data without the promise not to write to this copy.
  const draft = structuredClone(pack) as Draft;
  spoil(draft);
  // And back: checkPack only reads.
  return checkPack(draft as DistrictPack).map(
    ({ section, path }) => `${section} ${path.join('.')}`,
  );
}

function first<T>(list: readonly T[]): T {
  const [entry] = list;
  if (entry === undefined) throw new Error('the list is empty');
  return entry;
}

const spoilt: readonly (readonly [string, (draft: Draft) => void, `rosters ${string}`])[] = [
  ['a roster of nowhere', (d) => (at(d.rosters, 0).of = 'x'), 'rosters 0.of'],
  ['two rosters of one centre', (d) => d.rosters.push(first(d.rosters)), 'rosters 16.of'],
  [
    'somebody unknown on duty',
    (d) => (at(at(at(d.rosters, 0).tables, 0).shifts, 2).people[1] = 'x'),
    'rosters 0.tables.0.shifts.2.people.1',
  ],
  [
    'somebody of another centre on duty',
    (d) => (at(d.rosters, 0).changes = [change('2026-03-01 08:00', 'he-clerk')]),
    'rosters 0.changes.0.people.0',
  ],
  [
    'a roster during an unknown calendar',
    (d) => (at(d.rosters, 0).during = 'x'),
    'rosters 0.during',
  ],
  [
    'a night with nobody on duty',
    (d) => at(at(d.rosters, 0).tables, 0).shifts.splice(3, 1),
    'rosters 0.tables.0',
  ],
  [
    'a weekday with nobody on duty while the unit works',
    (d) => (at(at(at(d.rosters, 14).tables, 0).shifts, 0).weekdays = [1, 2, 4, 5]),
    'rosters 14.tables.0',
  ],
  [
    'a gap where one table follows another',
    (d) => {
      const { tables } = at(d.rosters, 13);
      const shifts = [{ name: '全天', from: '12:00', to: '12:00', people: ['xu-duty-leader'] }];
      tables.push({ from: '2026-06-01', shifts });
    },
    'rosters 13.tables.1',
  ],
  [
    'a person on two shifts at once',
    (d) => {
      const { shifts } = at(at(d.rosters, 0).tables, 0);
      Object.assign(at(shifts, 1), { from: '19:00', people: at(shifts, 0).people });
    },
    'rosters 0.tables.0.shifts.1.people',
  ],
  [
    'two tables from one day on',
    (d) => at(d.rosters, 0).tables.push(at(at(d.rosters, 0).tables, 0)),
    'rosters 0.tables.1.from',
  ],
  [
    'changes that overlap',
    (d) => {
      const people = 'zhao-supervisor';
      const later = change('2026-03-01 10:00', people);
      at(d.rosters, 0).changes = [later, change('2026-03-01 08:00', people)];
    },
    'rosters 0.changes.0.from',
  ],
];

function change(from: string, person: string) {
  return { from, to: '2026-03-02 08:00', people: [person], reason: '代班' };
}

function at<T>(list: T[], index: number): T {
  const entry = list[index];
  if (entry === undefined) throw new Error(`no entry ${index}`);
  return entry;
}

describe('the rosters of a pack', () => {
  it.each(spoilt)('may not have %s', (_name, spoil, where) => {
    expect(problemsAfter(() => undefined)).toEqual([]);
    expect(problemsAfter(spoil)).toContain(where);
  });
});
