import { describe, expect, it } from 'vitest';
import { at, definitions, holidays } from '../test/fixture.ts';
import { CalendarDefinition, compileCalendar, explainClock, startClock } from './index.ts';

const HOUR_MS = 3_600_000;

/** Office hours with a shorter summer and a storm. */
const calendar = compileCalendar(
  CalendarDefinition.parse({
    ...definitions.office,
    versions: [{ from: '2026-06-01', hours: [{ from: '08:00', to: '15:00' }] }],
    days: [{ from: '2026-06-03', to: '2026-06-04', open: false, reason: '台风停工' }],
  }),
  holidays,
);

const explained = (start: string) => {
  const limit = { amount: 2, unit: 'work-day' } as const;
  const clock = startClock({ limit, calendar, revision: 1, basis: 'b', atMs: at(start) });
  const shown = {
    name: 'handle' as const,
    clock,
    pauses: [],
    calendar,
    calendarName: '机关',
    holidays,
  };
  return explainClock({ ...shown, atMs: at(start) });
};

describe('the explanation of a clock on a calendar with versions and own days', () => {
  it('says what a working day was worth to it, and why days were closed', () => {
    const { calendar: told, counted, sum } = explained('2026-06-02 08:00');
    expect([told.workDayMs, sum.limitMs, sum.adds]).toEqual([7 * HOUR_MS, 14 * HOUR_MS, true]);
    expect(
      counted.flatMap(({ days }) => days.map(({ from, to, note }) => [from, to, note])),
    ).toEqual([
      ['2026-06-02', '2026-06-02', undefined],
      ['2026-06-03', '2026-06-04', '台风停工'],
      ['2026-06-05', '2026-06-05', undefined],
    ]);
  });

  it('keeps the worth of the hours it began under', () => {
    const { calendar: told, sum } = explained('2026-05-29 14:00');
    expect([told.workDayMs, sum.limitMs, sum.adds]).toEqual([8 * HOUR_MS, 16 * HOUR_MS, true]);
  });
});
