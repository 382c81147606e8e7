import type { Clock } from './clock.ts';
import { allowedMs, reachedBy } from './clock-due.ts';
import { type ClockPlan, replanClock } from './clock-moves.ts';
import { fromInstant } from './instants.ts';
import { isUrgent } from './limits.ts';

/**
 * The clock under a newer plan, or undefined when nothing of it comes out differently: a revision alone is
 * no reason for an event. Most clocks of a city are not moved by next year's notice, so that is found out by
 * numbers alone before a clock is made.
 */
export function replanIfMoved(clock: Clock, plan: ClockPlan): Clock | undefined {
  if (isPlain(clock, plan) && isUnmoved(clock, plan)) return undefined;
  const after = replanClock(clock, plan);
  return isSame(after, clock) ? undefined : after;
}

/** Whether it is open, on its own time and under the very limit of the plan. */
function isPlain(clock: Clock, { limit, warnShare, mode }: ClockPlan): boolean {
  return (
    clock.stoppedAt === undefined &&
    clock.bound === undefined &&
    clock.mode === undefined &&
    mode === undefined &&
    clock.warnShare === warnShare &&
    sameLimit(clock, limit)
  );
}

/** Of a plain clock: whether all that is computed is what the plan makes of its parts. */
function isUnmoved(clock: Clock, { limit, calendar, warnShare }: ClockPlan): boolean {
  // What counts on wall time depends on no calendar.
  if (isUrgent(limit.unit)) return clock.provisional === undefined;
  if (warnShare === undefined || clock.warnAt === undefined) return false;
  const startMs = fromInstant(clock.startedAt);
  const allowed = allowedMs(clock, calendar);
  const dueMs = reachedBy(clock, allowed, calendar);
  const warnMs = reachedBy(clock, Math.round(allowed * warnShare), calendar);
  if (dueMs !== fromInstant(clock.dueAt)) return false;
  if (Math.min(warnMs, dueMs) !== fromInstant(clock.warnAt)) return false;
  if (calendar.isProvisional(startMs, dueMs) !== (clock.provisional === true)) return false;
  if (clock.pausedAt === undefined) return true;
  const leftMs = calendar.workingMsBetween(fromInstant(clock.pausedAt), dueMs);
  return Math.max(0, leftMs) === clock.remainingMs;
}

function isSame(after: Clock, clock: Clock): boolean {
  return (
    after.dueAt === clock.dueAt &&
    // Years that are known by now make a deadline certain, be it the same.
    after.provisional === clock.provisional &&
    // Days that changed places may move the warning, or what a pause has left, and leave the due instant.
    after.remainingMs === clock.remainingMs &&
    (after.warnAt === clock.warnAt || clock.warnAt === undefined) &&
    sameLimit(clock, after.limit)
  );
}

function sameLimit({ limit }: Clock, { amount, unit }: Clock['limit']): boolean {
  return limit.amount === amount && limit.unit === unit;
}
