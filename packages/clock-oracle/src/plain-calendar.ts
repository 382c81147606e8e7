import type { ToldCalendar, ToldHolidays, ToldHours, ToldLimit } from './told.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Shanghai is eight hours ahead, all the year round. */
const AHEAD = 8 * HOUR;

/** Working time counted on the fingers: one day after the other, one stretch of it after the other. */
export type PlainCalendar = {
  /** What one 工作日 is worth that begins to run at `ms`: the open time of a normal day then, milliseconds. */
  dayMs(ms: number): number;
  /** When `ms` of open time are used up that begin to count at `start`. */
  add(start: number, ms: number): number;
  /** Open milliseconds from one instant to a later one. */
  between(from: number, to: number): number;
  /** Whether the years from one instant to the other are all in the table of holidays. */
  knows(from: number, to: number): boolean;
};

type Stretch = readonly [from: number, to: number];

/** What holds on one day: of the calendar itself, or of its newest version by then. */
type Day = {
  readonly hours: readonly ToldHours[];
  readonly weekdays: readonly number[];
  readonly holidays: boolean;
};

export function plainCalendar(told: ToldCalendar, holidays: ToldHolidays): PlainCalendar {
  const { alwaysOpen = false, versions = [] } = told;
  const closed = new Set(holidays.holidays);
  const worked = new Set(holidays.workdays);
  const days = new Map<number, readonly Stretch[]>();

  function inForce(date: string): Day {
    const version = versions.findLast(({ from }) => from <= date) ?? {};
    return { hours: told.hours, weekdays: told.weekdays, holidays: told.holidays, ...version };
  }

  const ownDay = (date: string) =>
    told.days?.find((d) => d.from <= date && date <= (d.to ?? d.from));

  function hoursOn(date: string, weekday: number): readonly ToldHours[] {
    const day = inForce(date);
    const own = ownDay(date);
    if (own !== undefined) return own.open ? (own.hours ?? day.hours) : [];
    if (day.holidays && closed.has(date)) return [];
    if (day.holidays && worked.has(date)) return day.hours;
    return day.weekdays.includes(weekday) ? day.hours : [];
  }

  /** The stretches of a day, as instants. */
  function stretchesOf(day: number): readonly Stretch[] {
    const known = days.get(day);
    if (known !== undefined) return known;
    const midnight = day * DAY - AHEAD;
    const weekday = new Date(day * DAY).getUTCDay();
    const hours = hoursOn(dateOf(day), weekday === 0 ? 7 : weekday);
    const made = alwaysOpen
      ? [[midnight, midnight + DAY] as const]
      : stretched(hours).map(([from, to]): Stretch => [midnight + from, midnight + to]);
    days.set(day, made);
    return made;
  }

  function add(start: number, ms: number): number {
    let left = ms;
    for (let day = dayOf(start); left > 0; day++) {
      for (const [from, to] of stretchesOf(day)) {
        const open = to - Math.max(start, from);
        if (open <= 0) continue;
        if (left <= open) return to - open + left;
        left -= open;
      }
    }
    return start;
  }

  function between(from: number, to: number): number {
    let open = 0;
    for (let day = dayOf(from); day <= dayOf(to); day++) {
      for (const [opensAt, closesAt] of stretchesOf(day)) {
        open += Math.max(0, Math.min(to, closesAt) - Math.max(from, opensAt));
      }
    }
    return open;
  }

  /** Day by day, whether a year nobody knows is of any matter. */
  function knows(from: number, to: number): boolean {
    if (alwaysOpen) return true;
    for (let day = dayOf(from); day === dayOf(from) || day * DAY - AHEAD < to; day++) {
      const year = Number(dateOf(day).slice(0, 4));
      const known = year >= holidays.knownFrom && year <= holidays.knownThrough;
      if (!known && inForce(dateOf(day)).holidays) return false;
    }
    return true;
  }

  function dayMs(ms: number): number {
    if (alwaysOpen) return DAY;
    const { hours } = inForce(dateOf(dayOf(add(ms, 1) - 1)));
    return stretched(hours).reduce((sum, [from, to]) => sum + to - from, 0);
  }

  return { dayMs, add, between, knows };
}

const dayOf = (ms: number): number => Math.floor((ms + AHEAD) / DAY);
const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

const stretched = (hours: readonly ToldHours[]): Stretch[] =>
  hours
    .map(({ from, to }): Stretch => [minutesOf(from), minutesOf(to)])
    .toSorted((a, b) => a[0] - b[0]);

function minutesOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return (hours ?? 0) * HOUR + (minutes ?? 0) * MINUTE;
}

const lengths: Readonly<Record<string, number>> = {
  'urgent-minute': MINUTE,
  'urgent-hour': HOUR,
  'urgent-day': DAY,
  'work-hour': HOUR,
};

/** How the limit of a clock is counted that started at an instant: 紧急 runs on the wall, the others while the calendar is open. */
export type Counting = {
  readonly ms: number;
  readonly urgent: boolean;
  add(start: number, ms: number): number;
  /** From one instant to another; below zero when that is the earlier. */
  between(from: number, to: number): number;
};

export function counting(
  { amount, unit }: ToldLimit,
  calendar: PlainCalendar,
  startedMs: number,
): Counting {
  const ms = Math.round(amount * (lengths[unit] ?? calendar.dayMs(startedMs)));
  if (unit.startsWith('urgent')) {
    return { ms, urgent: true, add: (start, more) => start + more, between: (a, b) => b - a };
  }
  const between = (from: number, to: number): number =>
    from <= to ? calendar.between(from, to) : -calendar.between(to, from);
  return { ms, urgent: false, add: calendar.add, between };
}
