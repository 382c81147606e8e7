import { bindClock, type Clock, type ClockBook, isRunning, rebindClock } from '@cityloop/calendar';
import type { Channel, Demand, Incident } from '@cityloop/contracts';
import { fromIso, RuleViolation, toIso } from '@cityloop/kernel';
import type { Context } from './context.ts';
import { unitsBoundBy, unitsFreedFrom } from './reserve.ts';
import { earliestUpstream, UPSTREAM } from './upstream-dues.ts';

/** Channels behind which another system waits for our answer. */
const withUpstream: ReadonlySet<Channel> = new Set(['hotline-12345', 'transfer', 'open311']);
/** Further ahead nobody sets a due: such a year is a slip of the pen. */
const MOST_MS = 366 * 86_400_000;

/**
 * Refuses an upstream due that cannot be meant: `UPSTREAM_DUE_NOT_OF_CHANNEL`, `UPSTREAM_DUE_PAST`,
 * `UPSTREAM_DUE_TOO_FAR`. An import is held to the time it tells of.
 */
export function refuseUpstreamDue(
  body: { readonly channel: Channel; readonly upstreamDueAt?: string | undefined },
  nowMs: number,
): void {
  const { channel, upstreamDueAt } = body;
  if (upstreamDueAt === undefined) return;
  if (!withUpstream.has(channel)) {
    throw new RuleViolation(
      'UPSTREAM_DUE_NOT_OF_CHANNEL',
      '该渠道没有上级时限 / nobody upstream sets a due on this channel',
      { channel, channels: [...withUpstream] },
    );
  }
  const dueMs = fromIso(upstreamDueAt);
  if (dueMs <= nowMs) {
    throw new RuleViolation('UPSTREAM_DUE_PAST', '上级时限须在将来 / upstreamDueAt must be ahead', {
      upstreamDueAt,
    });
  }
  if (dueMs <= nowMs + MOST_MS) return;
  throw new RuleViolation(
    'UPSTREAM_DUE_TOO_FAR',
    '上级时限不得超过一年 / upstreamDueAt is over a year ahead',
    { upstreamDueAt, notAfter: toIso(nowMs + MOST_MS) },
  );
}

/** The change that binds the clock of the whole, and the units' with it, to what further demands have to be answered by. */
export function boundBy(
  demands: readonly Demand[],
  incident: Incident,
  ctx: Context,
): { readonly clocks?: ClockBook } {
  const clock = incident.clocks['end-to-end'];
  const earliest = earliestUpstream(demands);
  if (clock === undefined || earliest === undefined) return {};
  const bound = bindClock(clock, earliest, ctx.policy.calendar(clock.calendar));
  return changed(clock, bound, unitsBoundBy(demands, bound, incident, ctx));
}

/**
 * The change that frees the clocks of the whole and of the units from demands that go: what is left binds
 * them, as far as this round owes it (a due from before a reopening is not owed again).
 */
export function unboundBy(
  demandIds: readonly string[],
  incident: Incident,
  ctx: Context,
): { readonly clocks?: ClockBook } {
  const { clocks, demands } = incident;
  const clock = clocks['end-to-end'];
  if (clock === undefined) return {};
  const left = demands.filter(({ id }) => !demandIds.includes(id));
  const basis = clock.bound?.basis;
  const binds = demandIds.some((id) => basis === `${UPSTREAM}${id}`);
  const bound = binds ? earliestUpstream(left, fromIso(clock.startedAt)) : clock.bound;
  const whole = rebindClock(clock, bound, ctx.policy.calendar(clock.calendar));
  return changed(clock, whole, unitsFreedFrom(demandIds, { whole, left }, incident, ctx));
}

function changed(was: Clock, whole: Clock, units: ClockBook): { readonly clocks?: ClockBook } {
  if (whole !== was) return { clocks: { 'end-to-end': whole, ...units } };
  return Object.keys(units).length === 0 ? {} : { clocks: units };
}

/**
 * The deadline people look at: the unit's while it has one, else that of the whole; but an upstream one
 * that comes earlier. Undefined while nothing runs.
 */
export function dueOf({ clocks }: Pick<Incident, 'clocks'>): string | undefined {
  const whole = clocks['end-to-end'];
  const own = clocks.handle ?? whole;
  const ownDue = own !== undefined && isRunning(own) ? own.dueAt : undefined;
  if (whole === undefined || !isRunning(whole) || !whole.basis.startsWith(UPSTREAM)) return ownDue;
  return ownDue === undefined || whole.dueAt < ownDue ? whole.dueAt : ownDue;
}
