import { RuleViolation } from '@cityloop/kernel';
import type { Clock } from './clock.ts';
import { type Bound, bindClock, onOwnTime } from './clock-bound.ts';
import {
  addMs,
  countedMs,
  dueFromParts,
  remainingOf,
  runOn,
  signedMs,
  withDue,
  withStretch,
} from './clock-due.ts';
import { fromInstant, toInstant } from './instants.ts';
import { isUrgent, type Limit, limitMs } from './limits.ts';
import type { WorkCalendar } from './work-calendar.ts';

/**
 * The moves of one clock. All are pure and answer a new clock, or the very same one when there is
 * nothing to do (pausing what is paused, resuming what runs, stopping what has stopped), so that a
 * repeat is harmless and `===` tells whether something changed.
 *
 * `calendar` is always the compiled calendar whose id the clock names.
 *
 * A clock that is overdue stays overdue: a pause that begins after the due instant neither moves it
 * nor clears the red mark. One that is bound moves on its own time; its due instant is then the
 * earlier of the two (`clock-bound.ts`).
 */

/** What a clock is started with. `calendarId` is the calendar's own id unless told otherwise. */
export type ClockStart = {
  readonly limit: Limit;
  readonly calendar: WorkCalendar;
  readonly calendarId?: string;
  readonly revision: number;
  readonly basis: string;
  /** The activation of a mode (平战) the limit comes from; the ordinary one when absent. */
  readonly mode?: string | undefined;
  readonly atMs: number;
  /** The share of its time after which it warns; none: it never does. */
  readonly warnShare?: number | undefined;
  /** 1 unless the clock takes the place of an earlier one of its kind: then that one's plus 1. */
  readonly epoch?: number;
  /** An instant it must not pass: then the earlier of the two is what was first promised. */
  readonly bound?: Bound | undefined;
};

/** Starts a clock at `atMs`. */
export function startClock(start: ClockStart): Clock {
  const { dueMs, provisional } = start.calendar.deadline(start.atMs, start.limit);
  const dueAt = toInstant(dueMs);
  const clock: Clock = {
    epoch: start.epoch ?? 1,
    limit: start.limit,
    calendar: start.calendarId ?? start.calendar.id,
    revision: start.revision,
    basis: start.basis,
    ...(start.mode === undefined ? {} : { mode: start.mode }),
    startedAt: toInstant(start.atMs),
    firstDueAt: dueAt,
    dueAt,
    ...warning(start),
  };
  const own: Clock = provisional ? { ...clock, provisional: true } : clock;
  if (start.bound === undefined) return own;
  const bound = bindClock(own, start.bound, start.calendar);
  return { ...bound, firstDueAt: bound.dueAt, epoch: own.epoch };
}

function warning({ limit, calendar, atMs, warnShare }: ClockStart): Partial<Clock> {
  if (warnShare === undefined) return {};
  const ms = Math.round(limitMs(limit, calendar.workDayMsAt(atMs)) * warnShare);
  return { warnAt: toInstant(addMs(limit.unit, calendar, atMs, ms)), warnShare };
}

/**
 * Stops a clock for good. Late means strictly after the due instant; a paused clock is judged by
 * the beginning of its pause, which stays on record with what was left, unless it is bound: then no
 * pause excuses it.
 */
export function stopClock(clock: Clock, atMs: number): Clock {
  if (clock.stoppedAt !== undefined) return clock;
  const judged = clock.bound === undefined ? clock.pausedAt : undefined;
  const late = (judged ?? toInstant(atMs)) > clock.dueAt;
  return { ...clock, stoppedAt: toInstant(atMs), verdict: late ? 'late' : 'on-time' };
}

/** Makes a clock stand still from `atMs` on; what is left of it is kept. */
export function pauseClock(clock: Clock, atMs: number, calendar: WorkCalendar): Clock {
  if (clock.stoppedAt !== undefined || clock.pausedAt !== undefined) return clock;
  const pausedAt = toInstant(atMs);
  return onOwnTime(clock, calendar, (own) => ({
    ...unmarkedAfter(pausedAt, own),
    remainingMs: remainingOf(own, atMs, calendar),
    pausedAt,
  }));
}

/** A pause granted late begins when it was applied for: what was marked in it never came due. */
function unmarkedAfter(at: string, clock: Clock): Clock {
  const { amberAt, redAt, ...bare } = clock;
  const red = redAt !== undefined && redAt > at;
  const amber = amberAt !== undefined && amberAt > at;
  if (!red && !amber) return clock;
  return {
    ...bare,
    epoch: clock.epoch + 1,
    ...(amber || amberAt === undefined ? {} : { amberAt }),
    ...(red || redAt === undefined ? {} : { redAt }),
  };
}

/**
 * Lets a paused clock run on with what was left of it, in a new epoch. A pause in which no counted
 * time passed leaves the due instant as it was.
 */
export function resumeClock(clock: Clock, atMs: number, calendar: WorkCalendar): Clock {
  const { pausedAt } = clock;
  if (clock.stoppedAt !== undefined || pausedAt === undefined) return clock;
  return onOwnTime(clock, calendar, (own) => runOn(own, pausedAt, atMs, calendar));
}

/**
 * Moves the due instant: by a further limit, or to an instant in milliseconds. Works on a paused
 * clock too. Whether an extension may be granted (how often, how long, not once overdue) is for the
 * caller to decide.
 *
 * @throws RuleViolation `CLOCK_STOPPED`, or `CLOCK_EXTENSION_EMPTY` when the due instant would not
 * become later
 */
export function extendClock(clock: Clock, by: Limit | number, calendar: WorkCalendar): Clock {
  if (clock.stoppedAt !== undefined)
    throw new RuleViolation('CLOCK_STOPPED', '计时已结束，不能延期');
  return onOwnTime(clock, calendar, (own) => extendOwn(own, by, calendar));
}

function extendOwn(clock: Clock, by: Limit | number, calendar: WorkCalendar): Clock {
  const oldMs = fromInstant(clock.dueAt);
  const dueMs = typeof by === 'number' ? by : calendar.deadline(oldMs, by).dueMs;
  if (!(dueMs > oldMs)) {
    throw new RuleViolation('CLOCK_EXTENSION_EMPTY', '延期后的时限应晚于原时限', {
      dueAt: clock.dueAt,
    });
  }
  const extension = {
    from: clock.dueAt,
    to: toInstant(dueMs),
    ms: countedMs(clock.limit.unit, calendar, oldMs, dueMs),
  };
  const longer = { ...clock, extensions: [...(clock.extensions ?? []), extension] };
  const extended = withDue(longer, dueMs, calendar, clock.epoch + 1);
  if (clock.pausedAt === undefined) return extended;
  return {
    ...extended,
    remainingMs: remainingOf(extended, fromInstant(clock.pausedAt), calendar),
  };
}

/** How a stopped clock goes on. */
export type ClockRestart = {
  readonly atMs: number;
  readonly calendar: WorkCalendar;
  /** The least time given, counted from `atMs`; makes up for a clock that had less, or none, left. */
  readonly minimum?: Limit;
};

/**
 * Lets a stopped clock go on with the time it had left (返工); the time between counts nowhere. One
 * that was late stays overdue unless a `minimum` is given. The earlier verdict is taken back: it is
 * in the event that stopped the clock.
 *
 * @throws RuleViolation `CLOCK_NOT_STOPPED`
 */
export function restartWithRemaining(clock: Clock, restart: ClockRestart): Clock {
  return onOwnTime(clock, restart.calendar, (own) => restartOwn(own, restart));
}

function restartOwn(clock: Clock, restart: ClockRestart): Clock {
  const { stoppedAt, verdict: _verdict, ...open } = clock;
  if (stoppedAt === undefined) throw new RuleViolation('CLOCK_NOT_STOPPED', '计时尚未结束');
  const { atMs, calendar, minimum } = restart;
  const since = clock.pausedAt ?? stoppedAt;
  const running = runOn(open, since, atMs, calendar);
  if (minimum === undefined) return running;
  const leastMs = calendar.deadline(atMs, minimum).dueMs;
  if (leastMs <= fromInstant(running.dueAt)) return running;
  return givenLeast(running, clock, restart, leastMs);
}

function givenLeast(running: Clock, stopped: Clock, restart: ClockRestart, leastMs: number): Clock {
  const { atMs, calendar } = restart;
  const unit = stopped.limit.unit;
  const sinceMs = fromInstant(stopped.pausedAt ?? stopped.stoppedAt ?? stopped.dueAt);
  const leftMs = signedMs(unit, calendar, sinceMs, fromInstant(stopped.dueAt));
  const extension = {
    from: running.dueAt,
    to: toInstant(leastMs),
    // Includes what a late clock had overrun, so that the parts add up to the new due instant.
    ms: Math.max(0, countedMs(unit, calendar, atMs, leastMs) - leftMs),
  };
  const overdue = sinceMs > fromInstant(stopped.dueAt);
  const stood = overdue ? withStretch(running, sinceMs, atMs) : running;
  const longer = { ...stood, extensions: [...(stopped.extensions ?? []), extension] };
  return withDue(longer, leastMs, calendar, running.epoch);
}

/** What a clock is planned again with. */
export type ClockPlan = Omit<ClockStart, 'atMs' | 'epoch' | 'bound'>;

/**
 * Computes the clock anew as if `plan` had applied from its start, in a new epoch: ended pauses stay
 * left out, extensions stay granted. `startedAt` and `firstDueAt` stand. A stopped clock is not
 * touched, its verdict is history. The red mark survives only where the due instant does, and what
 * binds the clock goes on binding.
 */
export function replanClock(clock: Clock, plan: ClockPlan): Clock {
  if (clock.stoppedAt !== undefined) return clock;
  return onOwnTime(clock, plan.calendar, (own) => replanOwn(own, plan));
}

function replanOwn(clock: Clock, plan: ClockPlan): Clock {
  const { limit, calendar, revision, basis, warnShare } = plan;
  const calendarId = plan.calendarId ?? calendar.id;
  const extensions = clock.extensions?.map((e) =>
    isUrgent(limit.unit) === isUrgent(clock.limit.unit)
      ? e
      : { ...e, ms: countedMs(limit.unit, calendar, fromInstant(e.from), fromInstant(e.to)) },
  );
  const { mode: _mode, ...rest } = clock;
  const planned: Clock = {
    ...rest,
    limit,
    calendar: calendarId,
    revision,
    basis,
    ...(plan.mode === undefined ? {} : { mode: plan.mode }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(warnShare === undefined ? {} : { warnShare }),
  };
  const due = withDue(planned, dueFromParts(planned, calendar), calendar, clock.epoch + 1);
  if (due.pausedAt === undefined) return due;
  return { ...due, remainingMs: remainingOf(due, fromInstant(due.pausedAt), calendar) };
}

/** Records that the instant to warn at was reached; as `markRed`. */
export function markAmber(clock: Clock): Clock {
  const { amberAt, warnAt } = clock;
  return amberAt === undefined && warnAt !== undefined ? { ...clock, amberAt: warnAt } : clock;
}

/** Records that the due instant was reached. The mark names that instant, not the time of recording. */
export function markRed(clock: Clock): Clock {
  return clock.redAt === undefined ? { ...clock, redAt: clock.dueAt } : clock;
}

/**
 * What is left of a clock at `atMs`: open milliseconds or, when urgent, wall milliseconds; 0 once
 * overdue. A clock that is paused or stopped keeps what was left then; one that is bound is never
 * held up by a pause.
 */
export function remainingMs(clock: Clock, atMs: number, calendar: WorkCalendar): number {
  if (clock.remainingMs !== undefined && clock.bound === undefined) return clock.remainingMs;
  const at = clock.stoppedAt === undefined ? atMs : fromInstant(clock.stoppedAt);
  return remainingOf(clock, at, calendar);
}
