import { parseCivilDate, startOfCivilDay } from './civil-time.ts';
import type { HolidayTable } from './holiday-table.ts';

/**
 * The open days of a calendar, numbered. Ordinal 0 is the first open day of the known years, earlier
 * ones are negative. Both directions are a table look-up in the known years and plain weekday
 * arithmetic outside of them, so there is no end to either side.
 */
export type OpenDays = {
  /** How many open days lie between the beginning of the known years and this day. */
  before(day: number): number;
  /** The civil day with this ordinal. */
  at(ordinal: number): number;
  /** Whether holidays matter to this calendar and `[fromMs, toMs]` reaches into years without data. */
  unknown(fromMs: number, toMs: number): boolean;
};

const MONDAY_SHIFT = 3; // day 0 is a Thursday

/** Open days by weekday alone, for ever; nothing is unknown. `weekdays` are ISO numbers. */
export function weekdaysOnly(weekdays: readonly number[]): OpenDays {
  const week = weekCount(weekdays);
  return { before: week.before, at: week.at, unknown: () => false };
}

/** Open days by weekday, corrected by the holidays and make-up days of the table. */
export function withHolidays(weekdays: readonly number[], table: HolidayTable): OpenDays {
  const first = dayOf(`${table.knownFrom}-01-01`);
  const end = dayOf(`${table.knownThrough + 1}-01-01`);
  const week = weekCount(weekdays);
  const closed = new Set(table.holidays.map(dayOf));
  const worked = new Set(table.workdays.map(dayOf));

  const counts = new Int32Array(end - first + 1);
  const days: number[] = [];
  for (let day = first; day < end; day++) {
    counts[day - first] = days.length;
    const open = worked.has(day) || (!closed.has(day) && week.before(day + 1) > week.before(day));
    if (open) days.push(day);
  }
  counts[end - first] = days.length;
  const ordinals = Int32Array.from(days);
  const total = days.length;
  const weekAtFirst = week.before(first);
  const weekAtEnd = week.before(end);
  const firstMs = startOfCivilDay(first);
  const endMs = startOfCivilDay(end);

  return {
    before(day) {
      if (day < first) return week.before(day) - weekAtFirst;
      if (day > end) return total + week.before(day) - weekAtEnd;
      return counts[day - first] ?? 0;
    },
    at(ordinal) {
      if (ordinal < 0) return week.at(ordinal + weekAtFirst);
      if (ordinal >= total) return week.at(ordinal - total + weekAtEnd);
      return ordinals[ordinal] ?? 0;
    },
    unknown: (fromMs, toMs) => fromMs < firstMs || toMs > endMs || fromMs === endMs,
  };
}

function weekCount(weekdays: readonly number[]): Omit<OpenDays, 'unknown'> {
  const open = [...new Set(weekdays)].sort((a, b) => a - b).map((iso) => iso - 1);
  const perWeek = open.length;
  const partial = Array.from({ length: 7 }, (_, day) => open.filter((o) => o < day).length);
  return {
    before(day) {
      const shifted = day + MONDAY_SHIFT;
      const weeks = Math.floor(shifted / 7);
      return weeks * perWeek + (partial[shifted - weeks * 7] ?? 0);
    },
    at(ordinal) {
      const weeks = Math.floor(ordinal / perWeek);
      return weeks * 7 + (open[ordinal - weeks * perWeek] ?? 0) - MONDAY_SHIFT;
    },
  };
}

function dayOf(date: string): number {
  const day = parseCivilDate(date);
  if (day === undefined) throw new RangeError(`not a civil date: ${date}`);
  return day;
}
