import type { Clock } from './clock.ts';
import { onOwnTime } from './clock-bound.ts';
import { countedMs, dueFromParts, withDue, workedMs } from './clock-due.ts';
import { type ClockPlan, replanClock } from './clock-moves.ts';
import { fromInstant, toInstant } from './instants.ts';
import { limitMs } from './limits.ts';

/** When a clock comes under another mode (平战), and how much of its limit it has left at least. */
export type ModeMove = {
  readonly atMs: number;
  /** Of the new limit, 0 to 1. */
  readonly leastShare: number;
};

/**
 * A running or paused clock planned anew because a mode began or ended at `atMs`: as if `plan` had
 * applied from its start, but with at least `leastShare` of the new limit left, or what it had left if
 * that was less. What is given for that is an extension marked `mode`; the next such move takes it back
 * and plans without it. Pauses and granted extensions stay.
 */
export function moveToMode(clock: Clock, plan: ClockPlan, move: ModeMove): Clock {
  if (clock.stoppedAt !== undefined) return clock;
  return onOwnTime(clock, plan.calendar, (own) => moveOwn(own, plan, move));
}

function moveOwn(own: Clock, plan: ClockPlan, { atMs, leastShare }: ModeMove): Clock {
  const { calendar, limit } = plan;
  const sinceMs = own.pausedAt === undefined ? atMs : fromInstant(own.pausedAt);
  const hadMs = countedMs(limit.unit, calendar, sinceMs, fromInstant(own.dueAt));
  const planned = replanClock(withoutGrace(own), plan);
  const limitInMs = limitMs(limit, calendar.workDayMsAt(fromInstant(own.startedAt)));
  const leastMs = Math.min(hadMs, leastShare * limitInMs);
  const hasMs = countedMs(limit.unit, calendar, sinceMs, fromInstant(planned.dueAt));
  if (hasMs >= leastMs) return planned;
  const granted = (planned.extensions ?? []).reduce((sum, { ms }) => sum + ms, 0);
  const wholeMs = limitInMs + granted;
  const missing = Math.ceil(workedMs(planned, calendar, sinceMs) + leastMs - wholeMs);
  if (missing <= 0) return planned;
  const grace = { from: planned.dueAt, to: planned.dueAt, ms: missing, mode: true as const };
  const parts = { ...planned, extensions: [...(planned.extensions ?? []), grace] };
  const dueMs = dueFromParts(parts, calendar);
  const extensions = [...(planned.extensions ?? []), { ...grace, to: toInstant(dueMs) }];
  // An amber mark stays where it warns again at the very instant it did, whatever lay between.
  const amber = own.amberAt === undefined ? {} : { amberAt: own.amberAt };
  const moved = withDue({ ...planned, ...amber, extensions }, dueMs, calendar, planned.epoch);
  if (moved.pausedAt === undefined) return moved;
  return { ...moved, remainingMs: countedMs(limit.unit, calendar, sinceMs, dueMs) };
}

/** The clock without what earlier moves gave it. */
function withoutGrace(clock: Clock): Clock {
  const { extensions, ...rest } = clock;
  const granted = extensions?.filter(({ mode }) => mode === undefined) ?? [];
  return granted.length === 0 ? rest : { ...rest, extensions: granted };
}
