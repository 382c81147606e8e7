import { civilDayOf, DAY_MS, formatCivilDate, startOfCivilDay } from './civil-time.ts';
import type { HolidayTable } from './holiday-table.ts';
import type { WorkCalendar } from './work-calendar.ts';

/** A stretch of time, ms since the epoch; `toMs` excluded. */
export type Stretch = { readonly fromMs: number; readonly toMs: number };

/**
 * The open stretches between two instants, in order, asked of the very arithmetic that makes deadlines:
 * what they add up to is what `workingMsBetween` answers.
 */
export function openStretches(calendar: WorkCalendar, fromMs: number, toMs: number): Stretch[] {
  const open: Stretch[] = [];
  let at = fromMs;
  while (calendar.workingMsBetween(at, toMs) > 0) {
    const opensMs = Math.max(at, calendar.add(at, 1) - 1);
    const closesMs = lastOf(
      opensMs,
      toMs,
      (ms) => calendar.workingMsBetween(opensMs, ms) === ms - opensMs,
    );
    open.push({ fromMs: opensMs, toMs: closesMs });
    at = closesMs;
  }
  return open;
}

/** The latest instant of which `holds` is true, which is true at first and then never again. */
function lastOf(fromMs: number, toMs: number, holds: (ms: number) => boolean): number {
  let [low, high] = [fromMs, toMs];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Consecutive civil days on which the same hours were counted: so that fifteen working days can be read.
 * Dates are `YYYY-MM-DD`, hours `HH:mm` (with seconds where they are not whole minutes).
 */
export type DayRun = {
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** Counted on each of these days; none on closed ones. */
  readonly hours: readonly { readonly from: string; readonly to: string }[];
  /** Counted in all of it, ms. */
  readonly ms: number;
  /** Why it is closed, or open although a weekend. */
  readonly note?: string;
};

/** More days than any limit of a pack lasts; what lies behind is told as one run. */
const DAYS_MOST = 1_500;

/** What is counted between two instants, day by day, equal days as one run. */
export function countedDays(
  calendar: WorkCalendar,
  holidays: HolidayTable,
  { fromMs, toMs }: Stretch,
): DayRun[] {
  const runs: DayRun[] = [];
  const noteOf = dayNotes(holidays);
  let day = civilDayOf(fromMs);
  for (let n = 0; n < DAYS_MOST && startOfCivilDay(day) < toMs; n++, day++) {
    append(runs, countedOn(day, { fromMs, toMs }, calendar, noteOf));
  }
  const leftMs = startOfCivilDay(day);
  if (leftMs >= toMs) return runs;
  const last = civilDayOf(toMs - 1);
  const rest = { hours: [], ms: calendar.workingMsBetween(leftMs, toMs), note: '（略）' };
  return [
    ...runs,
    { from: formatCivilDate(day), to: formatCivilDate(last), days: last - day + 1, ...rest },
  ];
}

function countedOn(
  day: number,
  within: Stretch,
  calendar: WorkCalendar,
  noteOf: (day: number, isOpen: boolean) => string | undefined,
): DayRun {
  const beginsMs = startOfCivilDay(day);
  const open = openStretches(
    calendar,
    Math.max(within.fromMs, beginsMs),
    Math.min(within.toMs, beginsMs + DAY_MS),
  );
  const isOpen = calendar.workingMsBetween(beginsMs, beginsMs + DAY_MS) > 0;
  const note = calendar.reasonOf(day) ?? noteOf(day, isOpen);
  const date = formatCivilDate(day);
  return {
    from: date,
    to: date,
    days: 1,
    hours: open.map((o) => ({
      from: timeOfDay(o.fromMs - beginsMs),
      to: timeOfDay(o.toMs - beginsMs),
    })),
    ms: open.reduce((sum, o) => sum + o.toMs - o.fromMs, 0),
    ...(note === undefined ? {} : { note }),
  };
}

function append(runs: DayRun[], day: DayRun): void {
  const last = runs.at(-1);
  if (last === undefined || !isAlike(last, day)) runs.push(day);
  else runs[runs.length - 1] = { ...last, to: day.to, days: last.days + 1, ms: last.ms + day.ms };
}

function isAlike(a: DayRun, b: DayRun): boolean {
  const hours = (run: DayRun) => run.hours.map(({ from, to }) => `${from}-${to}`).join();
  return a.note === b.note && hours(a) === hours(b);
}

function timeOfDay(ms: number): string {
  const text = new Date(ms).toISOString().slice(11, 23);
  if (ms === DAY_MS) return '24:00';
  return text.endsWith(':00.000') ? text.slice(0, 5) : text.replace(/\.000$/, '');
}

/** Why a day is closed, or open on a weekend: 周末, the holiday's name, 调休上班. */
function dayNotes(table: HolidayTable): (day: number, isOpen: boolean) => string | undefined {
  const closed = new Set(table.holidays);
  const worked = new Set(table.workdays);
  return (day, isOpen) => {
    const date = formatCivilDate(day);
    if (isOpen) return worked.has(date) ? '调休上班' : undefined;
    if (closed.has(date)) return holidayName(date, closed);
    return isWeekend(day) ? '周末' : '非工作日';
  };
}

/** Day 0 is a Thursday. */
function isWeekend(day: number): boolean {
  return (((day + 3) % 7) + 7) % 7 >= 5;
}

/**
 * The statutory holiday a closed day belongs to, by the season of the run of closed days around it
 * (全国年节及纪念日放假办法); the table itself has no names.
 */
function holidayName(date: string, closed: ReadonlySet<string>): string {
  const run = [date];
  for (let at = before(date); closed.has(at); at = before(at)) run.unshift(at);
  for (let at = after(date); closed.has(at); at = after(at)) run.push(at);
  const names = seasons.filter(({ holds }) => run.some((day) => holds(day.slice(5))));
  return names.length === 0 ? '法定节假日' : names.map(({ name }) => name).join('、');
}

const between = (from: string, to: string) => (day: string) => from <= day && day <= to;
/** Solar ones by their day; lunar ones by when they can fall. */
const seasons: readonly { readonly name: string; holds(day: string): boolean }[] = [
  { name: '元旦', holds: (day) => day === '01-01' },
  { name: '春节', holds: between('01-21', '02-21') },
  { name: '清明节', holds: between('04-04', '04-06') },
  { name: '劳动节', holds: (day) => day === '05-01' },
  { name: '端午节', holds: between('05-28', '06-25') },
  { name: '中秋节', holds: between('09-08', '09-30') },
  { name: '国庆节', holds: (day) => day === '10-01' },
];

const shifted = (days: number) => (date: string) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
const before = shifted(-1);
const after = shifted(1);
