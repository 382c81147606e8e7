export { CalendarDefinition, OpenHours } from './calendar-definition.ts';
export { parseCivilDate, startOfCivilDay } from './civil-time.ts';
export { Clock, ClockBook, ClockKind, ClockName, Pause, PauseKind } from './clock.ts';
export {
  type CalendarOf,
  type DueMark,
  dueMarks,
  endedPauses,
  isRunning,
  nextDueMs,
  nextPauseEndMs,
  pauseAll,
  resumeAll,
} from './clock-book.ts';
export { type Bound, bindClock, ownBasis, rebindClock } from './clock-bound.ts';
export {
  type ClockPlan,
  type ClockRestart,
  type ClockStart,
  extendClock,
  markAmber,
  markRed,
  pauseClock,
  remainingMs,
  replanClock,
  restartWithRemaining,
  resumeClock,
  startClock,
  stopClock,
} from './clock-moves.ts';
export { changeSpan, DutyRoster, type DutySpan, dutySpans, onDuty } from './duty-roster.ts';
export { HolidayTable, parseHolidayTable } from './holiday-table.ts';
export { formatLimit, isUrgent, Limit, LimitUnit, limitMs, parseLimit } from './limits.ts';
export { compileCalendar, type Deadline, type WorkCalendar } from './work-calendar.ts';
