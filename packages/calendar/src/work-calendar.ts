import { InvalidInput } from '@cityloop/kernel';
import { type CalendarDefinition, openSpans, type Span } from './calendar-definition.ts';
import { civilDayOf, DAY_MS, startOfCivilDay } from './civil-time.ts';
import type { HolidayTable } from './holiday-table.ts';
import { isUrgent, type Limit, limitMs } from './limits.ts';
import { type OpenDays, weekdaysOnly, withHolidays } from './open-days.ts';

/** When something is due, and whether years without holiday data took part in the answer. */
export type Deadline = { readonly dueMs: number; readonly provisional: boolean };

/**
 * Working-time arithmetic of one calendar. Instants are milliseconds since the epoch. Every call
 * takes constant time, whatever lies between the instants.
 *
 * Open time is half-open: 08:00–12:00 is open at 08:00 and closed at 12:00. Time used up exactly at a
 * closing instant ends there (12:00), not at the next opening; time begun while closed starts to
 * run at the next opening.
 */
export type WorkCalendar = {
  readonly id: string;
  /** Open milliseconds of a normal day: what one 工作日 is worth. */
  readonly workDayMs: number;
  /** Urgent limits run on wall time, the others on this calendar. */
  deadline(startMs: number, limit: Limit): Deadline;
  /**
   * The earliest instant by which `workingMs` of open time have passed since `startMs`; `startMs`
   * itself for zero.
   *
   * @throws InvalidInput `CALENDAR_AMOUNT_INVALID` for a negative or non-finite argument
   */
  add(startMs: number, workingMs: number): number;
  /** Open milliseconds between two instants; negative when `toMs` is the earlier. */
  workingMsBetween(fromMs: number, toMs: number): number;
  isOpen(ms: number): boolean;
  /** Whether a deadline that ran from `fromMs` to `toMs` rests on years without holiday data. */
  isProvisional(fromMs: number, toMs: number): boolean;
};

/** Prepares a calendar; costs about a millisecond, so compile once a policy revision. */
export function compileCalendar(
  definition: CalendarDefinition,
  holidays: HolidayTable,
): WorkCalendar {
  const spans = openSpans(definition);
  const workDayMs = spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0);
  const days = openDays(definition, holidays);
  const elapsed = (ms: number): number => elapsedOpenMs(ms, days, spans, workDayMs);

  const add = (startMs: number, workingMs: number): number => {
    if (!(workingMs >= 0 && Number.isFinite(startMs + workingMs))) {
      throw new InvalidInput('CALENDAR_AMOUNT_INVALID', 'not a span of working time', {
        startMs,
        workingMs,
      });
    }
    return workingMs === 0
      ? startMs
      : instantAt(elapsed(startMs) + workingMs, days, spans, workDayMs);
  };

  return {
    id: definition.id,
    workDayMs,
    add,
    deadline(startMs, limit) {
      const ms = limitMs(limit, workDayMs);
      if (isUrgent(limit.unit)) return { dueMs: startMs + ms, provisional: false };
      const dueMs = add(startMs, ms);
      return { dueMs, provisional: days.unknown(startMs, dueMs) };
    },
    workingMsBetween: (fromMs, toMs) => elapsed(toMs) - elapsed(fromMs),
    isOpen(ms) {
      const day = civilDayOf(ms);
      if (days.before(day + 1) === days.before(day)) return false;
      const offset = ms - startOfCivilDay(day);
      return spans.some((span) => span.fromMs <= offset && offset < span.toMs);
    },
    isProvisional: days.unknown,
  };
}

function openDays(definition: CalendarDefinition, holidays: HolidayTable): OpenDays {
  if (definition.alwaysOpen === true) return weekdaysOnly([1, 2, 3, 4, 5, 6, 7]);
  if (!definition.holidays) return weekdaysOnly(definition.weekdays);
  return withHolidays(definition.weekdays, holidays);
}

/** Open milliseconds from the beginning of the known years to `ms`. */
function elapsedOpenMs(ms: number, days: OpenDays, spans: readonly Span[], dayMs: number): number {
  const day = civilDayOf(ms);
  const before = days.before(day);
  if (days.before(day + 1) === before) return before * dayMs;
  const offset = ms - startOfCivilDay(day);
  let open = 0;
  for (const span of spans) {
    if (offset <= span.fromMs) break;
    open += Math.min(offset, span.toMs) - span.fromMs;
  }
  return before * dayMs + open;
}

/** The earliest instant at which `elapsedOpenMs` reaches `open`. */
function instantAt(open: number, days: OpenDays, spans: readonly Span[], dayMs: number): number {
  const ordinal = Math.ceil(open / dayMs) - 1;
  const midnight = startOfCivilDay(days.at(ordinal));
  let left = open - ordinal * dayMs;
  for (const span of spans) {
    const length = span.toMs - span.fromMs;
    if (left <= length) return midnight + span.fromMs + left;
    left -= length;
  }
  return midnight + DAY_MS; // not reached: the spans of a day add up to dayMs
}
