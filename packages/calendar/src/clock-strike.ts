import type { Clock } from './clock.ts';
import { onOwnTime } from './clock-bound.ts';
import { dueFromParts, remainingOf, withDue } from './clock-due.ts';
import { fromInstant } from './instants.ts';
import type { WorkCalendar } from './work-calendar.ts';

/** A stretch of time, UTC to the millisecond. */
export type Stretch = { readonly from: string; readonly to: string };

/** What of a pause that is taken back held up a clock. */
export type Strike = {
  /** When nothing else held the clock up. */
  readonly taken: readonly Stretch[];
  /** Since when another pause that is still open holds it; none: it runs. */
  readonly standsSince?: string | undefined;
};

/**
 * The clock as if it had run through these stretches, in a new epoch; the very same one where they moved
 * nothing. A clock that has stopped gets the verdict it would have had; `struck` keeps what was.
 */
export function strikePause(clock: Clock, strike: Strike, calendar: WorkCalendar): Clock {
  const after = onOwnTime(clock, calendar, (own) => struckOwn(own, strike, calendar));
  if (after === clock) return clock;
  const { dueAt, verdict } = clock;
  const struck = verdict === undefined ? { dueAt } : { dueAt, verdict };
  if (after.stoppedAt === undefined) return { ...after, struck };
  const judged = after.bound === undefined ? after.pausedAt : undefined;
  const late = (judged ?? after.stoppedAt) > after.dueAt;
  return { ...after, struck, verdict: late ? 'late' : 'on-time' };
}

function struckOwn(clock: Clock, { taken, standsSince }: Strike, calendar: WorkCalendar): Clock {
  const { pauses: stood = [], pausedAt, remainingMs: _left, ...open } = clock;
  const pauses = stood.flatMap((stretch) => withoutAll(stretch, taken));
  const since = pausedAt === undefined ? undefined : standsSince;
  const same = pauses.length === stood.length && pauses.every((p, n) => stood[n] === p);
  if (same && since === pausedAt) return clock;
  const bare: Clock = pauses.length === 0 ? open : { ...open, pauses };
  const due = withDue(bare, dueFromParts(bare, calendar), calendar, clock.epoch + 1);
  if (since === undefined) return due;
  return { ...due, pausedAt: since, remainingMs: remainingOf(due, fromInstant(since), calendar) };
}

/** What is left of a stretch; the very same one where nothing is taken from it. */
export function withoutAll(stretch: Stretch, taken: readonly Stretch[]): Stretch[] {
  return taken.reduce<Stretch[]>(
    (left, one) => left.flatMap((part) => without(part, one)),
    [stretch],
  );
}

function without(part: Stretch, { from, to }: Stretch): Stretch[] {
  if (to <= part.from || from >= part.to) return [part];
  const before = part.from < from ? [{ from: part.from, to: from }] : [];
  const after = to < part.to ? [{ from: to, to: part.to }] : [];
  return [...before, ...after];
}
