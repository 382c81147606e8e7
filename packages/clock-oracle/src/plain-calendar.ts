import type { ToldCalendar, ToldHolidays, ToldLimit } from './told.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Shanghai is eight hours ahead, all the year round. */
const AHEAD = 8 * HOUR;

/** Working time counted on the fingers: one day after the other, one stretch of it after the other. */
export type PlainCalendar = {
  /** Milliseconds a normal day is open. */
  readonly dayMs: number;
  /** When `ms` of open time are used up that begin to count at `start`. */
  add(start: number, ms: number): number;
  /** Open milliseconds from one instant to a later one. */
  between(from: number, to: number): number;
  /** Whether the years from one instant to the other are all in the table of holidays. */
  knows(from: number, to: number): boolean;
};

type Stretch = readonly [from: number, to: number];

export function plainCalendar(told: ToldCalendar, holidays: ToldHolidays): PlainCalendar {
  const stretches: readonly Stretch[] = told.alwaysOpen
    ? [[0, DAY]]
    : told.hours
        .map(({ from, to }): Stretch => [minutesOf(from), minutesOf(to)])
        .toSorted((a, b) => a[0] - b[0]);
  const closed = new Set(holidays.holidays);
  const worked = new Set(holidays.workdays);
  const days = new Map<number, readonly Stretch[]>();
  const counts = told.holidays && told.alwaysOpen !== true;

  function opens(day: number): boolean {
    if (told.alwaysOpen) return true;
    const date = new Date(day * DAY);
    const text = date.toISOString().slice(0, 10);
    if (counts && closed.has(text)) return false;
    if (counts && worked.has(text)) return true;
    return told.weekdays.includes(date.getUTCDay() === 0 ? 7 : date.getUTCDay());
  }

  /** The stretches of a day, as instants. */
  function stretchesOf(day: number): readonly Stretch[] {
    const known = days.get(day);
    if (known !== undefined) return known;
    const midnight = day * DAY - AHEAD;
    const made = opens(day)
      ? stretches.map(([from, to]): Stretch => [midnight + from, midnight + to])
      : [];
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

  const knows = (from: number, to: number): boolean =>
    !counts ||
    (from >= newYear(holidays.knownFrom) &&
      from < newYear(holidays.knownThrough + 1) &&
      to <= newYear(holidays.knownThrough + 1));

  const dayMs = stretches.reduce((sum, [from, to]) => sum + to - from, 0);
  return { dayMs, add, between, knows };
}

const dayOf = (ms: number): number => Math.floor((ms + AHEAD) / DAY);
const newYear = (year: number): number => Date.UTC(year, 0, 1) - AHEAD;

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

/** How a limit is counted: 紧急 runs on the wall, the others while the calendar is open. */
export type Counting = {
  readonly ms: number;
  readonly urgent: boolean;
  add(start: number, ms: number): number;
  /** From one instant to another; below zero when that is the earlier. */
  between(from: number, to: number): number;
};

export function counting({ amount, unit }: ToldLimit, calendar: PlainCalendar): Counting {
  const ms = Math.round(amount * (lengths[unit] ?? calendar.dayMs));
  if (unit.startsWith('urgent')) {
    return { ms, urgent: true, add: (start, more) => start + more, between: (a, b) => b - a };
  }
  const between = (from: number, to: number): number =>
    from <= to ? calendar.between(from, to) : -calendar.between(to, from);
  return { ms, urgent: false, add: calendar.add, between };
}
