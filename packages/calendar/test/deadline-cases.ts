import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  CalendarDefinition,
  compileCalendar,
  HolidayTable,
  parseLimit,
  type WorkCalendar,
} from '../src/index.ts';
import { at, holidays, shown } from './fixture.ts';

/** One line of the table: worked out by hand and by plain counting, never by the code it judges. */
export type DeadlineCase = {
  readonly calendar: string;
  readonly start: string;
  readonly limit: string;
  /** In Shanghai; `refused` when the text is no limit. */
  readonly due: string;
  readonly provisional: boolean;
  readonly reason: string;
};

const file = (name: string): string =>
  readFileSync(new URL(`./cases/${name}`, import.meta.url), 'utf8');

export const deadlineCases: readonly DeadlineCase[] = file('deadlines.csv')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [calendar = '', start = '', limit = '', due = '', provisional, reason = ''] =
      line.split(',');
    return { calendar, start, limit, due, provisional: provisional === 'provisional', reason };
  });

/** The next year's notice as it might be; nobody has published it. */
const with2027 = HolidayTable.parse({
  source: 'invented',
  knownFrom: holidays.knownFrom,
  knownThrough: 2027,
  holidays: [
    ...holidays.holidays,
    ...['2027-01-01', '2027-01-02', '2027-01-03'],
    ...['05', '06', '07', '08', '09', '10', '11', '12'].map((day) => `2027-02-${day}`),
  ],
  workdays: [...holidays.workdays, '2027-01-10'],
});

const definitions = z.record(z.string(), z.looseObject({})).parse(parse(file('calendars.yaml')));
const calendars = new Map<string, WorkCalendar>(
  Object.entries(definitions).map(([id, fields]) => {
    const definition = CalendarDefinition.parse({ id, name: id, ...fields });
    return [id, compileCalendar(definition, id === 'office-2027' ? with2027 : holidays)];
  }),
);

/** What the code says to a case, in the words of the table. */
export function answerTo({ calendar: id, start, limit: text }: DeadlineCase): {
  readonly due: string;
  readonly provisional: boolean;
} {
  const calendar = calendars.get(id);
  if (calendar === undefined) throw new Error(`no calendar ${id}`);
  const limit = parseLimit(text);
  if (limit === undefined) return { due: 'refused', provisional: false };
  const { dueMs, provisional } = calendar.deadline(at(start), limit);
  const due = shown(dueMs);
  return { due: due.endsWith('.000') ? due.slice(0, -4) : due, provisional };
}
