import { describe, expect, it } from 'vitest';
import { at } from '../test/fixture.ts';
import { DutyRoster, onDuty } from './index.ts';

/** Two crews take turns by the day until March; from then on one table by weekday. */
const roster = DutyRoster.parse({
  of: '310110',
  tables: [
    {
      from: '2026-03-01',
      shifts: [
        { name: '平日', from: '08:00', to: '20:00', weekdays: [1, 2, 3, 4, 5], people: ['c'] },
        { name: '周末', from: '08:00', to: '20:00', weekdays: [6, 7], people: ['d'] },
        { name: '夜间', from: '20:00', to: '08:00', people: ['c', 'd'] },
        { name: '交接', from: '19:30', to: '20:30', people: ['e'] },
      ],
    },
    {
      from: '2026-02-01',
      rotation: 2,
      shifts: [
        { name: '甲班', from: '08:00', to: '08:00', turns: [1], people: ['a'] },
        { name: '乙班', from: '08:00', to: '08:00', turns: [2], people: ['b'] },
      ],
    },
  ],
  changes: [
    { from: '2026-02-10 12:00', to: '2026-02-11 12:00', people: ['z', 'a'], reason: '代班' },
  ],
});

describe('who is on duty', () => {
  it.each([
    ['2026-02-01 07:59', [], 'before the first table nobody is known'],
    ['2026-02-01 08:00', ['a'], 'the first turn is the day the table holds from'],
    ['2026-02-02 07:59', ['a'], 'a shift goes over midnight'],
    ['2026-02-02 08:00', ['b'], 'the next crew at the hour the first one ends'],
    ['2026-02-03 12:00', ['a'], 'the turns begin anew'],
    ['2026-02-10 11:59', ['b'], 'before the change'],
    ['2026-02-10 12:00', ['z', 'a'], 'a change beats the table'],
    ['2026-02-11 12:00', ['a'], 'and ends with its minute'],
    ['2026-03-01 07:00', ['b'], 'a shift begun under the old table is worked to its end'],
    ['2026-03-01 08:00', ['d'], 'then the new one holds: a Sunday'],
    ['2026-03-02 08:00', ['c'], 'a Monday'],
    ['2026-03-02 19:45', ['c', 'e'], 'shifts that hand over overlap'],
    ['2026-03-02 20:15', ['c', 'd', 'e'], 'each person once'],
    ['2026-03-03 03:00', ['c', 'd'], 'the night'],
  ] as const)('at %s it is %j: %s', (time, people, _why) => {
    expect(onDuty(roster, at(time))).toEqual(people);
  });

  it.each([
    ['a turn beyond the rotation', { rotation: 2, shifts: [shift({ turns: [3] })] }],
    ['a turn without a rotation', { shifts: [shift({ turns: [1] })] }],
    ['a shift without people', { shifts: [shift({ people: [] })] }],
    ['a day that does not exist', { from: '2026-02-29', shifts: [shift({})] }],
    ['an hour that does not exist', { shifts: [shift({ from: '24:00' })] }],
  ])('refuses %s', (_name, table) => {
    const tables = [{ from: '2026-01-01', ...table }];
    expect(DutyRoster.safeParse({ of: 'x', tables }).success).toBe(false);
    expect(DutyRoster.safeParse({ of: 'x', tables: roster.tables }).success).toBe(true);
  });

  it.each([
    ['2026-02-10 12:00', '2026-02-10 12:00'],
    ['2026-02-10', '2026-02-11 12:00'],
  ])('refuses a change from %s to %s', (from, to) => {
    const changes = [{ from, to, people: ['a'], reason: '代班' }];
    expect(DutyRoster.safeParse({ of: 'x', tables: roster.tables, changes }).success).toBe(false);
  });
});

function shift(fields: object): object {
  return { name: '班', from: '08:00', to: '20:00', people: ['a'], ...fields };
}
