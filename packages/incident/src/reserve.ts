import {
  type Bound,
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

const UPSTREAM = 'upstream:';

/**
 * By when a unit has to be done so that its centre can still check and answer: the upstream deadline of the
 * whole less the pack's `centre-reserve`. Where that leaves the unit less than the least share of its own
 * limit (the one of a rework), it gets that share, but never more than the upstream deadline itself. What
 * has passed already binds nobody. `basis` is `reserve:<demand>`.
 */
export function reserved(
  whole: Clock | undefined,
  own: Pick<ClockPlan, 'limit' | 'calendarId'>,
  { nowMs, policy }: Pick<Context, 'nowMs' | 'policy'>,
): Bound | undefined {
  const upstream = whole?.stoppedAt === undefined ? whole?.bound : undefined;
  if (upstream === undefined) return undefined;
  const upstreamMs = fromIso(upstream.at);
  if (upstreamMs <= nowMs) return undefined;
  const least = leastOf(own.limit, policy.settings.rework.minimumShare);
  const calendar = policy.calendar(own.calendarId);
  const leastMs = least === undefined ? nowMs : calendar.deadline(nowMs, least).dueMs;
  const keptMs = before(upstreamMs, nowMs, policy);
  return {
    at: toIso(Math.max(keptMs, Math.min(upstreamMs, leastMs))),
    basis: `reserve:${upstream.basis.slice(UPSTREAM.length)}`,
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

/** The change that binds the clocks of the units anew after `whole` has another upstream deadline, or none. */
export function reboundUnits(whole: Clock, incident: Incident, ctx: Context): ClockBook {
  let clocks: ClockBook = {};
  for (const name of ['handle' as const, 'rework' as const, ...openAssistClocks(incident)]) {
    const clock = incident.clocks[name];
    if (clock === undefined || clock.stoppedAt !== undefined) continue;
    const bound = reserved(whole, { limit: clock.limit, calendarId: clock.calendar }, ctx);
    const after = rebindClock(clock, bound, ctx.policy.calendar(clock.calendar));
    if (after !== clock) clocks = { ...clocks, [name]: after };
  }
  return clocks;
}
