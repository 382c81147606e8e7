import type { Clock } from './clock.ts';
import { dueFromParts, warningBefore, withDue, withWarning } from './clock-due.ts';
import { fromInstant } from './instants.ts';
import type { WorkCalendar } from './work-calendar.ts';

/**
 * A clock bound to an instant that somebody upstream has set: due at that instant or when its own limit
 * ends, whichever comes first. Its own time goes on being kept as if nothing bound it, pauses and all;
 * while it stands still the instant alone counts, which no pause of ours moves.
 */

/** An instant a clock must not pass, and whose it is. */
export type Bound = {
  /** UTC to the millisecond. */
  readonly at: string;
  readonly basis: string;
};

/** Where the clock's own limit came from, whatever binds it. */
export function ownBasis(clock: Clock): string {
  return clock.bound?.ownBasis ?? clock.basis;
}

/** When the clock would be due if nothing bound it: what an extension moves. UTC to the millisecond. */
export function ownDueAt(clock: Clock, calendar: WorkCalendar): string {
  return clock.bound === undefined ? clock.dueAt : ownOf(clock, clock.bound, calendar).dueAt;
}

/**
 * Binds a clock to an instant. The earliest one binds: a later one, or a stopped clock, answers the very
 * same clock. A new epoch when the due instant moves.
 */
export function bindClock(clock: Clock, bound: Bound, calendar: WorkCalendar): Clock {
  if (clock.stoppedAt !== undefined) return clock;
  if (clock.bound !== undefined && clock.bound.at <= bound.at) return clock;
  const own = clock.bound === undefined ? clock : ownOf(clock, clock.bound, calendar);
  return earliest(own, bound, clock, calendar);
}

/**
 * Binds a clock to another instant than before, be it a later one, or to none at all. The very same clock
 * when nothing changes or it has stopped. A new epoch when the due instant moves.
 */
export function rebindClock(clock: Clock, bound: Bound | undefined, calendar: WorkCalendar): Clock {
  const was = clock.bound;
  if (clock.stoppedAt !== undefined) return clock;
  if (was?.at === bound?.at && was?.basis === bound?.basis) return clock;
  const own = was === undefined ? clock : ownOf(clock, was, calendar);
  if (bound !== undefined) return earliest(own, bound, clock, calendar);
  const amber = clock.amberAt !== undefined && own.warnAt === clock.amberAt;
  const free = amber ? { ...own, amberAt: clock.amberAt } : own;
  if (own.dueAt !== clock.dueAt) return { ...free, epoch: clock.epoch + 1 };
  return clock.redAt === undefined ? free : { ...free, redAt: clock.redAt };
}

/** Makes a move on the clock's own time; what binds it goes on binding. */
export function onOwnTime(
  clock: Clock,
  calendar: WorkCalendar,
  move: (own: Clock) => Clock,
): Clock {
  if (clock.bound === undefined) return move(clock);
  const own = ownOf(clock, clock.bound, calendar);
  const moved = move(own);
  return moved === own ? clock : earliest(moved, clock.bound, clock, calendar);
}

/** The clock as it would be if nothing bound it; its due instant comes from its parts. */
function ownOf(clock: Clock, bound: NonNullable<Clock['bound']>, calendar: WorkCalendar): Clock {
  const { redAt: _redAt, amberAt: _amberAt, bound: _bound, ...rest } = clock;
  const own = { ...rest, basis: bound.ownBasis };
  return withDue(own, dueFromParts(clock, calendar), calendar, clock.epoch);
}

/** `own` under the bound; each mark goes with the instant it marked. */
function earliest(own: Clock, { at, basis }: Bound, was: Clock, calendar: WorkCalendar): Clock {
  const { redAt: _redAt, provisional, ...rest } = own;
  const stands = own.pausedAt !== undefined && own.dueAt > own.pausedAt;
  const binds = stands || at < own.dueAt;
  const dueAt = binds ? at : own.dueAt;
  const moved = dueAt !== was.dueAt;
  const clock: Clock = {
    ...rest,
    basis: binds ? basis : own.basis,
    bound: { at, basis, ownBasis: own.basis },
    dueAt,
    epoch: Math.max(own.epoch, moved ? was.epoch + 1 : was.epoch),
    ...(moved || was.redAt === undefined ? {} : { redAt: was.redAt }),
    ...(binds || provisional === undefined ? {} : { provisional }),
  };
  const { warnAt, warnShare } = clock;
  if (warnAt === undefined || warnShare === undefined) return clock;
  const warnMs = binds ? warningBefore(clock, warnShare, calendar) : fromInstant(warnAt);
  return withWarning(clock, warnMs, was);
}
