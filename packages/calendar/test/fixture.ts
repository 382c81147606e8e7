import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import {
  CalendarDefinition,
  compileCalendar,
  parseHolidayTable,
  type WorkCalendar,
} from '../src/index.ts';

const file = new URL('../../../infra/packs/calendars/cn-holidays.yaml', import.meta.url);

/** The holiday table that is shipped. */
export const holidays = parseHolidayTable(parse(readFileSync(file, 'utf8')));

/** Calendars of every shape: lunch, field hours, a night shift up to midnight, weekends, no holidays. */
export const definitions = {
  office: CalendarDefinition.parse({
    id: 'office',
    name: '机关',
    hours: [
      { from: '08:00', to: '12:00' },
      { from: '14:00', to: '18:00' },
    ],
  }),
  field: CalendarDefinition.parse({
    id: 'field',
    name: '作业',
    hours: [
      { from: '14:00', to: '20:00' },
      { from: '08:00', to: '11:30' },
    ],
    weekdays: [1, 2, 3, 4, 5, 6],
    holidays: false,
  }),
  night: CalendarDefinition.parse({
    id: 'night',
    name: '夜班',
    hours: [
      { from: '00:00', to: '06:00' },
      { from: '22:00', to: '24:00' },
    ],
    weekdays: [2, 4, 6, 7],
  }),
  always: CalendarDefinition.parse({ id: 'always', name: '全天', alwaysOpen: true }),
};

export const office = compileCalendar(definitions.office, holidays);
export const field = compileCalendar(definitions.field, holidays);
export const night = compileCalendar(definitions.night, holidays);
export const always = compileCalendar(definitions.always, holidays);

/** `2026-02-14 08:00` of Shanghai in milliseconds; seconds may follow. */
export function at(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}${text.length === 16 ? ':00' : ''}+08:00`);
}

/** The reverse of `at`, to the minute or, where there are seconds, to the millisecond. */
export function shown(ms: number): string {
  const text = new Date(ms + 8 * 3_600_000).toISOString().replace('T', ' ').slice(0, -1);
  return text.endsWith(':00.000') ? text.slice(0, 16) : text;
}

const opened = new Map<string, boolean>();

/** Whether a minute is open, found the slow way from the definition's own words. */
function minuteIsOpen(definition: CalendarDefinition, ms: number): boolean {
  if (definition.alwaysOpen === true) return true;
  const local = new Date(ms + 8 * 3_600_000);
  const [date = '', time = ''] = local.toISOString().split('T');
  const key = `${definition.id} ${date}`;
  let open = opened.get(key);
  if (open === undefined) {
    open = definition.weekdays.includes(local.getUTCDay() === 0 ? 7 : local.getUTCDay());
    if (definition.holidays && holidays.holidays.includes(date)) open = false;
    if (definition.holidays && holidays.workdays.includes(date)) open = true;
    opened.set(key, open);
  }
  const minute = time.slice(0, 5);
  return open && definition.hours.some(({ from, to }) => from <= minute && minute < to);
}

/** `add` minute by minute; both arguments in whole minutes. */
export function slowAdd(
  definition: CalendarDefinition,
  startMs: number,
  workingMs: number,
): number {
  let ms = startMs;
  for (let left = workingMs; left > 0; ms += 60_000) {
    if (minuteIsOpen(definition, ms)) left -= 60_000;
  }
  return ms;
}

/** `workingMsBetween` minute by minute; whole minutes, `toMs` not the earlier. */
export function slowBetween(definition: CalendarDefinition, fromMs: number, toMs: number): number {
  let open = 0;
  for (let ms = fromMs; ms < toMs; ms += 60_000) if (minuteIsOpen(definition, ms)) open += 60_000;
  return open;
}

/** The calendars with the words they were compiled from. */
export const pairs: readonly (readonly [CalendarDefinition, WorkCalendar])[] = [
  [definitions.office, office],
  [definitions.field, field],
  [definitions.night, night],
  [definitions.always, always],
];
