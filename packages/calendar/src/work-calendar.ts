import { InvalidInput } from '@cityloop/kernel';
import { type CalendarDefinition, ownDays, stretchesOf } from './calendar-definition.ts';
import { countOpenTime } from './elapsed-time.ts';
import type { HolidayTable } from './holiday-table.ts';
import { isUrgent, type Limit, limitMs } from './limits.ts';
import { unknownTime } from './unknown-years.ts';

/** When something is due, and whether years without holiday data took part in the answer. */
export type Deadline = { readonly dueMs: number; readonly provisional: boolean };

/**
 * Working-time arithmetic of one calendar. Instants are milliseconds since the epoch. Every call
 * takes constant time, whatever lies between the instants, but for a search by halves among the
 * versions of the calendar.
 *
 * Open time is half-open: 08:00–12:00 is open at 08:00 and closed at 12:00. Time used up exactly at a
 * closing instant ends there (12:00), not at the next opening; time begun while closed starts to
 * run at the next opening.
 */
export type WorkCalendar = {
  readonly id: string;
  /**
   * What one 工作日 is worth to a clock that starts at `ms`: the open time of a normal day of the hours in
   * force when its time begins to run, at `ms` or at the next opening. So a limit is turned into open time
   * once, at its start; when hours change on the way, the open time stays and the due instant moves.
   */
  workDayMsAt(ms: number): number;
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
  /** Why a civil day differs, where the calendar itself names the day: 台风停工. */
  reasonOf(day: number): string | undefined;
  /** Whether a deadline that ran from `fromMs` to `toMs` rests on years without holiday data. */
  isProvisional(fromMs: number, toMs: number): boolean;
};

/** Prepares a calendar; costs about a millisecond, so compile once a policy revision. */
export function compileCalendar(
  definition: CalendarDefinition,
  holidays: HolidayTable,
): WorkCalendar {
  const stretches = stretchesOf(definition);
  const own = ownDays(definition);
  const { elapsed, instantAt, workDayMsAt } = countOpenTime(stretches, holidays, own);
  const isProvisional = unknownTime(stretches, holidays);

  const add = (startMs: number, workingMs: number): number => {
    if (!(workingMs >= 0 && Number.isFinite(startMs + workingMs))) {
      throw new InvalidInput('CALENDAR_AMOUNT_INVALID', 'not a span of working time', {
        startMs,
        workingMs,
      });
    }
    return workingMs === 0 ? startMs : instantAt(elapsed(startMs) + workingMs);
  };

  return {
    id: definition.id,
    workDayMsAt,
    add,
    deadline(startMs, limit) {
      const ms = limitMs(limit, limit.unit === 'work-day' ? workDayMsAt(startMs) : 0);
      if (isUrgent(limit.unit)) return { dueMs: startMs + ms, provisional: false };
      const dueMs = add(startMs, ms);
      return { dueMs, provisional: isProvisional(startMs, dueMs) };
    },
    workingMsBetween: (fromMs, toMs) => elapsed(toMs) - elapsed(fromMs),
    isOpen: (ms) => elapsed(ms + 1) > elapsed(ms),
    reasonOf: (day) => own.get(day)?.reason,
    isProvisional,
  };
}
