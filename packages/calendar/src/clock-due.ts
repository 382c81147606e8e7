import type { Clock } from './clock.ts';
import { fromInstant, toInstant } from './instants.ts';
import { isUrgent, type LimitUnit, limitMs } from './limits.ts';
import type { WorkCalendar } from './work-calendar.ts';

/**
 * A clock that stood from `since` to `atMs`, running again in a new epoch. One that was overdue
 * before it stood is not moved, nor is the stretch recorded: it took no part in the due instant.
 */
export function runOn(clock: Clock, since: string, atMs: number, calendar: WorkCalendar): Clock {
  const { remainingMs: left, pausedAt: _pausedAt, ...open } = clock;
  const sinceMs = fromInstant(since);
  const dueMs = fromInstant(clock.dueAt);
  const epoch = clock.epoch + 1;
  if (sinceMs > dueMs) return withDue(open, dueMs, calendar, epoch);

  const unit = clock.limit.unit;
  const endMs = Math.max(atMs, sinceMs);
  const stood = withStretch(open, sinceMs, endMs);
  if (dueMs >= endMs && signedMs(unit, calendar, sinceMs, endMs) === 0) {
    return withDue(stood, dueMs, calendar, epoch);
  }
  const leftMs = left ?? remainingOf(clock, sinceMs, calendar);
  return withDue(stood, addMs(unit, calendar, endMs, leftMs), calendar, epoch);
}

/** The clock with one more ended pause on record; an empty one is none. */
export function withStretch(clock: Clock, fromMs: number, toMs: number): Clock {
  if (toMs <= fromMs) return clock;
  const stretch = { from: toInstant(fromMs), to: toInstant(toMs) };
  return { ...clock, pauses: [...(clock.pauses ?? []), stretch] };
}

/**
 * The due instant by the parts a clock names: start, limit, extensions and ended pauses. What was extended to
 * a closed hour is due at that hour, as it was granted, and not when the office closed before it.
 */
export function dueFromParts(clock: Clock, calendar: WorkCalendar): number {
  const dueMs = reachedBy(clock, allowedMs(clock, calendar), calendar);
  return grantedAfter(clock, dueMs, calendar) ?? dueMs;
}

function grantedAfter(clock: Clock, dueMs: number, calendar: WorkCalendar): number | undefined {
  const last = clock.extensions?.at(-1);
  if (last === undefined) return undefined;
  const grantedMs = fromInstant(last.to);
  const closed = countedMs(clock.limit.unit, calendar, dueMs, grantedMs) === 0;
  return grantedMs > dueMs && closed ? grantedMs : undefined;
}

/** What a clock allows in all, in the time it counts: the limit with its extensions. */
export function allowedMs(clock: Clock, calendar: WorkCalendar): number {
  let ms = limitMs(clock.limit, calendar.workDayMsAt(fromInstant(clock.startedAt)));
  for (const extension of clock.extensions ?? []) ms += extension.ms;
  return ms;
}

/** The instant by which the clock has counted so much since its start, its pauses left out. */
export function reachedBy(clock: Clock, ms: number, calendar: WorkCalendar): number {
  const unit = clock.limit.unit;
  let left = ms;
  let fromMs = fromInstant(clock.startedAt);
  for (const pause of clock.pauses ?? []) {
    const pausedMs = fromInstant(pause.from);
    const dueMs = addMs(unit, calendar, fromMs, left);
    if (dueMs < pausedMs) return dueMs;
    left -= countedMs(unit, calendar, fromMs, pausedMs);
    fromMs = fromInstant(pause.to);
  }
  return addMs(unit, calendar, fromMs, left);
}

/** What a clock has counted up to `atMs`, its recorded pauses left out. */
export function workedMs(clock: Clock, calendar: WorkCalendar, atMs: number): number {
  const unit = clock.limit.unit;
  let fromMs = fromInstant(clock.startedAt);
  let worked = 0;
  for (const pause of clock.pauses ?? []) {
    const pausedMs = fromInstant(pause.from);
    if (pausedMs >= atMs) break;
    worked += countedMs(unit, calendar, fromMs, pausedMs);
    fromMs = fromInstant(pause.to);
  }
  return worked + countedMs(unit, calendar, fromMs, atMs);
}

/**
 * The clock with another due instant of its own; each mark goes with the instant it marked. Pauses and
 * extensions that led to the instant have to be in the clock already.
 */
export function withDue(clock: Clock, dueMs: number, calendar: WorkCalendar, epoch: number): Clock {
  const { provisional: _provisional, redAt, ...rest } = clock;
  const { warnShare } = clock;
  const dueAt = toInstant(dueMs);
  const provisional =
    !isUrgent(clock.limit.unit) && calendar.isProvisional(fromInstant(clock.startedAt), dueMs);
  const due: Clock = {
    ...rest,
    epoch,
    dueAt,
    ...(redAt !== undefined && dueAt === clock.dueAt ? { redAt } : {}),
    ...(provisional ? { provisional } : {}),
  };
  if (warnShare === undefined) return due;
  const warnMs = reachedBy(due, Math.round(allowedMs(due, calendar) * warnShare), calendar);
  return withWarning(due, warnMs, clock);
}

/** The clock warning at another instant; the amber mark stays where `was` bore it for that very one. */
export function withWarning(clock: Clock, warnMs: number, was: Clock): Clock {
  const { amberAt: _amberAt, ...rest } = clock;
  // A clock that stood overdue has parts that reach less far than what it is due at, never further.
  const warnAt = toInstant(Math.min(warnMs, fromInstant(clock.dueAt)));
  return { ...rest, warnAt, ...(was.amberAt === warnAt ? { amberAt: warnAt } : {}) };
}

/** When a clock warns that is due at an instant set upstream: at the share of the time up to it. */
export function warningBefore(clock: Clock, share: number, calendar: WorkCalendar): number {
  const fromMs = fromInstant(clock.startedAt);
  const dueMs = fromInstant(clock.dueAt);
  const unit = clock.limit.unit;
  const counted = countedMs(unit, calendar, fromMs, dueMs);
  // Nothing is open before it: then the hours of the day count.
  if (counted === 0) return fromMs + Math.round(Math.max(0, dueMs - fromMs) * share);
  return addMs(unit, calendar, fromMs, Math.round(counted * share));
}

/** Counted milliseconds from `atMs` to the due instant; 0 once overdue. */
export function remainingOf(clock: Clock, atMs: number, calendar: WorkCalendar): number {
  return countedMs(clock.limit.unit, calendar, atMs, fromInstant(clock.dueAt));
}

/** Milliseconds between two instants in the time the unit counts; 0 when `toMs` is the earlier. */
export function countedMs(
  unit: LimitUnit,
  calendar: WorkCalendar,
  fromMs: number,
  toMs: number,
): number {
  return Math.max(0, signedMs(unit, calendar, fromMs, toMs));
}

/** As `countedMs`, but negative when `toMs` is the earlier. */
export function signedMs(
  unit: LimitUnit,
  calendar: WorkCalendar,
  fromMs: number,
  toMs: number,
): number {
  return isUrgent(unit) ? toMs - fromMs : calendar.workingMsBetween(fromMs, toMs);
}

/** The instant by which so much of the time the unit counts has passed. */
export function addMs(unit: LimitUnit, calendar: WorkCalendar, fromMs: number, ms: number): number {
  return isUrgent(unit) ? fromMs + ms : calendar.add(fromMs, ms);
}
