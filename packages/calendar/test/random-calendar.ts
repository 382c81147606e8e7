import fc from 'fast-check';
import { CalendarDefinition, compileCalendar, type WorkCalendar } from '../src/index.ts';
import { type Notice, type SlowCalendar, slowCalendar } from './slow-calendar.ts';

/** Minutes since the epoch of `YYYY-MM-DD HH:mm` in Shanghai. */
export function minuteOf(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}:00+08:00`) / 60_000;
}

const dates = fc
  .integer({ min: 0, max: 91 })
  .map((day) => new Date(Date.UTC(2026, 5, 1 + day)).toISOString().slice(0, 10));

const time = (minute: number): string =>
  `${`${Math.floor(minute / 60)}`.padStart(2, '0')}:${`${minute % 60}`.padStart(2, '0')}`;

/** One to three stretches; neighbours may touch, and the last may end with the day. */
const hours = fc
  .uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 2, maxLength: 6 })
  .map((cuts) => {
    const quarters = cuts.sort((a, b) => a - b);
    return Array.from({ length: Math.floor(quarters.length / 2) }, (_, n) => ({
      from: time((quarters[2 * n] ?? 0) * 15),
      to: time((quarters[2 * n + 1] ?? 0) * 15),
    }));
  });
const weekdays = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 7 });

const version = fc.record(
  { from: dates, hours, weekdays, holidays: fc.boolean() },
  { requiredKeys: ['from'] },
);
const ownDay = fc.oneof(
  fc.record({ from: dates, open: fc.constant(false), reason: fc.constant('停工') }),
  fc.record(
    { from: dates, open: fc.constant(true), hours, reason: fc.constant('加班') },
    { requiredKeys: ['from', 'open', 'reason'] },
  ),
);
const byDate = (a: { from: string }, b: { from: string }): number => (a.from < b.from ? -1 : 1);
const unique = { selector: ({ from }: { from: string }) => from };

export const definitions = fc
  .record({
    hours,
    weekdays,
    holidays: fc.boolean(),
    versions: fc.uniqueArray(version, { ...unique, maxLength: 4 }).map((all) => all.sort(byDate)),
    days: fc.uniqueArray(ownDay, { ...unique, maxLength: 6 }).map((all) => all.sort(byDate)),
  })
  .map((fields) => CalendarDefinition.parse({ id: 'r', name: 'r', ...fields }));

const notices: fc.Arbitrary<Notice> = fc
  .uniqueArray(dates, { maxLength: 16 })
  .map((days) => ({ holidays: days.slice(0, 10), workdays: days.slice(10) }));

/** A calendar as it is compiled and the same one the slow way. */
export type Twins = {
  readonly definition: CalendarDefinition;
  readonly fast: WorkCalendar;
  readonly slow: SlowCalendar;
};

export const twins: fc.Arbitrary<Twins> = fc
  .tuple(definitions, notices)
  .map(([definition, notice]) => ({
    definition,
    fast: compileCalendar(definition, {
      source: 'random',
      knownFrom: 2026,
      knownThrough: 2026,
      ...notice,
    }),
    slow: slowCalendar(definition, notice),
  }));

/** Minutes of the season in which the versions, own days and notices of random calendars lie. */
export const minutes = fc.integer({
  min: minuteOf('2026-05-25 00:00'),
  max: minuteOf('2026-09-05 00:00'),
});
