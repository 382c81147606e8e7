import type { OwnDay } from './calendar-definition.ts';
import { parseCivilDate } from './civil-time.ts';
import type { HolidayTable } from './holiday-table.ts';

/**
 * The open days of a calendar, numbered. Ordinal 0 is the first open day of the days in the table, earlier
 * ones are negative. Both directions are a table look-up for the days in the table and plain weekday
 * arithmetic outside of them, so there is no end to either side.
 */
export type OpenDays = {
  /** How many open days lie between the beginning of the table and this day. */
  before(day: number): number;
  /** The civil day with this ordinal. */
  at(ordinal: number): number;
};

/** What makes a day differ from its weekday; the days a calendar names itself beat the holiday table. */
export type DayRules = {
  /** ISO numbers, Monday is 1. */
  readonly weekdays: readonly number[];
  readonly holidays?: HolidayTable | undefined;
  /** By civil day. */
  readonly own: ReadonlyMap<number, OwnDay>;
};

const MONDAY_SHIFT = 3; // day 0 is a Thursday

/** Open days by weekday, corrected by holidays, make-up days and the days the calendar names itself. */
export function numberOpenDays({ weekdays, holidays, own }: DayRules): OpenDays {
  const week = weekCount(weekdays);
  const named = new Map<number, boolean>();
  for (const date of holidays?.holidays ?? []) named.set(dayOf(date), false);
  for (const date of holidays?.workdays ?? []) named.set(dayOf(date), true);
  for (const [day, { open }] of own) named.set(day, open);
  return named.size === 0 ? week : withNamedDays(week, named);
}

function withNamedDays(week: OpenDays, named: ReadonlyMap<number, boolean>): OpenDays {
  let first = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const day of named.keys()) {
    if (day < first) first = day;
    if (day >= end) end = day + 1;
  }
  const counts = new Int32Array(end - first + 1);
  const days: number[] = [];
  for (let day = first; day < end; day++) {
    counts[day - first] = days.length;
    if (named.get(day) ?? week.before(day + 1) > week.before(day)) days.push(day);
  }
  counts[end - first] = days.length;
  const ordinals = Int32Array.from(days);
  const total = days.length;
  const weekAtFirst = week.before(first);
  const weekAtEnd = week.before(end);

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
  };
}

function weekCount(weekdays: readonly number[]): OpenDays {
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
