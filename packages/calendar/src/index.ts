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
export { type Bound, bindClock, ownBasis, ownDueAt, rebindClock } from './clock-bound.ts';
export { type ModeMove, moveToMode } from './clock-mode.ts';
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
export { clockNames, nameOfClock, pauseNames } from './clock-names.ts';
export { replanIfMoved } from './clock-revision.ts';
export { type Stretch, type Strike, strikePause, withoutAll } from './clock-strike.ts';
export { changeSpan, DutyRoster, type DutySpan, dutySpans, onDuty } from './duty-roster.ts';
export {
  type ClockExplanation,
  type CountedPeriod,
  explainClock,
  type StoodPeriod,
  type ToExplain,
} from './explain-clock.ts';
export { HolidayTable, parseHolidayTable } from './holiday-table.ts';
export { type Lamp, lampOf } from './lamp.ts';
export { formatLimit, isUrgent, Limit, LimitUnit, limitMs, parseLimit } from './limits.ts';
export type { DayRun } from './open-time.ts';
export { compileCalendar, type Deadline, type WorkCalendar } from './work-calendar.ts';
