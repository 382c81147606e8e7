import type { CalendarDefinition, Limit } from '../src/index.ts';

/*
 * Working time the slow way: minute by minute from the words of a definition, dates as text. It takes
 * nothing but types from the code it judges.
 */

/** Closed and worked days of a notice, YYYY-MM-DD. */
export type Notice = { readonly holidays: readonly string[]; readonly workdays: readonly string[] };

/** Whether a clock stands still, `from` included, `to` not; minutes since the epoch. */
export type SlowPause = { readonly from: number; readonly to: number };

export type SlowCalendar = {
  isOpen(minute: number): boolean;
  /** The first minute at which so many open ones have passed. */
  add(start: number, minutes: number): number;
  between(from: number, to: number): number;
  due(start: number, limit: Limit, pauses?: readonly SlowPause[]): number;
};

const TIMES = Array.from({ length: 1_440 }, (_, minute) =>
  new Date(minute * 60_000).toISOString().slice(11, 16),
);

export function slowCalendar(definition: CalendarDefinition, notice: Notice): SlowCalendar {
  const days = new Map<number, boolean[]>();

  function dateOf(minute: number): string {
    return new Date(minute * 60_000 + 28_800_000).toISOString().slice(0, 10);
  }

  function isOpen(minute: number): boolean {
    if (definition.alwaysOpen === true) return true;
    const day = Math.floor((minute + 480) / 1_440);
    const minutes = days.get(day) ?? minutesOf(dateOf(minute));
    days.set(day, minutes);
    return minutes[minute + 480 - day * 1_440] === true;
  }

  function minutesOf(date: string): boolean[] {
    const own = definition.days?.find(({ from, to }) => from <= date && date <= (to ?? from));
    const hours = own?.hours ?? inForce(definition, date).hours;
    const open = own?.open ?? isWorked(date);
    return TIMES.map((time) => open && hours.some(({ from, to }) => from <= time && time < to));
  }

  function isWorked(date: string): boolean {
    const { weekdays, holidays } = inForce(definition, date);
    if (holidays && notice.workdays.includes(date)) return true;
    if (holidays && notice.holidays.includes(date)) return false;
    return weekdays.includes(new Date(`${date}T12:00:00Z`).getUTCDay() || 7);
  }

  /** 工作日 by the normal hours of the day on which time begins to run. */
  function allowed({ amount, unit }: Limit, start: number): number {
    if (unit === 'urgent-minute') return amount;
    if (unit === 'work-hour' || unit === 'urgent-hour') return amount * 60;
    if (unit === 'urgent-day' || definition.alwaysOpen === true) return amount * 1_440;
    let first = start;
    while (!isOpen(first)) first += 1;
    const { hours } = inForce(definition, dateOf(first));
    const day = TIMES.filter((time) => hours.some(({ from, to }) => from <= time && time < to));
    return amount * day.length;
  }

  return {
    isOpen,
    add(start, minutes) {
      let minute = start;
      for (let left = minutes; left > 0; minute += 1) if (isOpen(minute)) left -= 1;
      return minute;
    },
    between(from, to) {
      let open = 0;
      for (let minute = from; minute < to; minute += 1) if (isOpen(minute)) open += 1;
      return open;
    },
    due(start, limit, pauses = []) {
      const wall = limit.unit.startsWith('urgent');
      let left = allowed(limit, start);
      for (let minute = start; ; minute += 1) {
        // A pause that begins in the very minute in which time is up still counts.
        const stands = pauses.some(({ from, to }) => from <= minute && minute < to);
        if (stands) continue;
        if (left === 0) return minute;
        if (wall || isOpen(minute)) left -= 1;
      }
    },
  };
}

/** Hours, weekdays and holidays by the newest version that has begun. */
function inForce(definition: CalendarDefinition, date: string) {
  const { hours, weekdays, holidays, versions = [] } = definition;
  const version = versions.filter(({ from }) => from <= date).at(-1);
  return { hours, weekdays, holidays, ...version };
}
