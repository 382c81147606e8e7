import {
  type Bound,
  bindClock,
  type Clock,
  type ClockBook,
  isUrgent,
  type Limit,
  limitMs,
  rebindClock,
} from '@cityloop/calendar';
import type { Incident } from '@cityloop/contracts';
import { fromIso, toIso } from '@cityloop/kernel';
import { openAssistClocks } from './assists.ts';
import type { ClockPlan } from './clocks.ts';
import type { Context } from './context.ts';
import { earliestUpstream, type Owed, UPSTREAM } from './upstream-dues.ts';

const RESERVE = 'reserve:';
type OwnPlan = Pick<ClockPlan, 'limit' | 'calendarId'>;
type Now = Pick<Context, 'nowMs' | 'policy'>;

/**
 * By when a unit whose clock starts now has to be done so that its centre can still check and answer: the
 * earliest upstream due still ahead that these demands put on the whole, less the pack's `centre-reserve`.
 * Where that leaves the unit less than the least share of its own limit (the one of a rework), it gets that
 * share, but never more than the upstream deadline itself. What has passed already binds nobody. `basis`
 * is `reserve:<demand>`.
 */
export function reserved(
  whole: Clock | undefined,
  demands: readonly Owed[],
  own: OwnPlan,
  now: Now,
): Bound | undefined {
  const upstream = aheadOf(whole, demands, now);
  return upstream && withLeastShare(upstream, own, now);
}

/** What binds the whole, or comes after that: an earlier due was owed by a round before a reopening. */
function aheadOf(
  whole: Clock | undefined,
  demands: readonly Owed[],
  { nowMs }: Now,
): Bound | undefined {
  if (whole?.bound === undefined || whole.stoppedAt !== undefined) return undefined;
  return earliestUpstream(demands, Math.max(nowMs, fromIso(whole.bound.at) - 1));
}

function withLeastShare(upstream: Bound, own: OwnPlan, now: Now): Bound {
  const { nowMs, policy } = now;
  const least = leastOf(own.limit, policy.settings.rework.minimumShare);
  const calendar = policy.calendar(own.calendarId);
  const leastMs = least === undefined ? nowMs : calendar.deadline(nowMs, least).dueMs;
  const kept = lessReserve(upstream, now);
  const atMs = Math.max(fromIso(kept.at), Math.min(fromIso(upstream.at), leastMs));
  return { ...kept, at: toIso(atMs) };
}

function lessReserve({ at, basis }: Bound, { nowMs, policy }: Now): Bound {
  return {
    at: toIso(before(fromIso(at), nowMs, policy)),
    basis: `${RESERVE}${basis.slice(UPSTREAM.length)}`,
  };
}

/** The least share of a limit that whoever has to work again, or in a hurry, gets; none for a share of 0. */
export function leastOf(limit: Limit, share: number): Limit | undefined {
  if (share <= 0) return undefined;
  return { ...limit, amount: Math.max(0.001, limit.amount * share) };
}

/** The last instant from which the reserve still fits before `untilMs`, but not before `fromMs`. */
function before(untilMs: number, fromMs: number, { reserve, calendar }: Context['policy']): number {
  const days = calendar(reserve.calendarId);
  const ms = limitMs(reserve.limit, days.workDayMsAt(fromMs));
  if (isUrgent(reserve.limit.unit)) return Math.max(fromMs, untilMs - ms);
  const left = days.workingMsBetween(fromMs, untilMs) - ms;
  return left <= 0 ? fromMs : days.add(fromMs, left);
}

/**
 * The change that binds the clocks of the units to what further demands of `whole` are owed by. It never
 * loosens a clock: the earlier of two bounds counts, and the least share is given with the first alone.
 */
export function unitsBoundBy(
  added: readonly Owed[],
  whole: Clock,
  incident: Incident,
  ctx: Context,
): ClockBook {
  const upstream = aheadOf(whole, added, ctx);
  if (upstream === undefined) return {};
  return ofUnits(incident, (clock) => {
    const bound =
      clock.bound === undefined
        ? withLeastShare(upstream, planOf(clock), ctx)
        : lessReserve(upstream, ctx);
    return bindClock(clock, bound, ctx.policy.calendar(clock.calendar));
  });
}

/** The change that frees the clocks of the units from demands that go: those `left` bind them, or nobody. */
export function unitsFreedFrom(
  demandIds: readonly string[],
  { whole, left }: { readonly whole: Clock; readonly left: readonly Owed[] },
  incident: Incident,
  ctx: Context,
): ClockBook {
  return ofUnits(incident, (clock) => {
    const basis = clock.bound?.basis;
    if (!demandIds.some((id) => basis === `${RESERVE}${id}`)) return clock;
    const bound = reserved(whole, left, planOf(clock), ctx);
    return rebindClock(clock, bound, ctx.policy.calendar(clock.calendar));
  });
}

const planOf = ({ limit, calendar }: Clock): OwnPlan => ({ limit, calendarId: calendar });

function ofUnits(incident: Incident, change: (clock: Clock) => Clock): ClockBook {
  let clocks: ClockBook = {};
  for (const name of ['handle' as const, 'rework' as const, ...openAssistClocks(incident)]) {
    const clock = incident.clocks[name];
    if (clock === undefined || clock.stoppedAt !== undefined) continue;
    const after = change(clock);
    if (after !== clock) clocks = { ...clocks, [name]: after };
  }
  return clocks;
}
