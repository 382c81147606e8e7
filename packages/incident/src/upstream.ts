import { type Bound, bindClock, type ClockBook, isRunning, rebindClock } from '@cityloop/calendar';
import type { Channel, Demand, Incident } from '@cityloop/contracts';
import { fromIso, RuleViolation, toIso } from '@cityloop/kernel';
import type { Context } from './context.ts';
import { reboundUnits } from './reserve.ts';

/** Channels behind which another system waits for our answer. */
const withUpstream: ReadonlySet<Channel> = new Set(['hotline-12345', 'transfer', 'open311']);
/** Further ahead nobody sets a due: such a year is a slip of the pen. */
const MOST_MS = 366 * 86_400_000;
const BASIS = 'upstream:';

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

/** The earliest instant these demands have to be answered by upstream, with the demand as its basis. */
export function earliestUpstream(demands: readonly Demand[]): Bound | undefined {
  let earliest: Bound | undefined;
  for (const { id, upstreamDueAt } of demands) {
    if (upstreamDueAt === undefined) continue;
    const at = toIso(fromIso(upstreamDueAt));
    if (earliest === undefined || at < earliest.at) earliest = { at, basis: `${BASIS}${id}` };
  }
  return earliest;
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
  if (bound === clock) return {};
  return { clocks: { 'end-to-end': bound, ...reboundUnits(bound, incident, ctx) } };
}

/**
 * The change that frees the clock of the whole from demands that go: what is left binds it, as far as
 * this round owes it (a due from before a reopening is not owed again).
 */
export function unboundBy(
  demandIds: readonly string[],
  incident: Incident,
  ctx: Context,
): { readonly clocks?: ClockBook } {
  const { clocks, demands } = incident;
  const clock = clocks['end-to-end'];
  const basis = clock?.bound?.basis;
  if (clock === undefined || !demandIds.some((id) => basis === `${BASIS}${id}`)) return {};
  const left = demands.filter(
    ({ id, upstreamDueAt: at }) =>
      !demandIds.includes(id) && at !== undefined && fromIso(at) > fromIso(clock.startedAt),
  );
  const after = rebindClock(clock, earliestUpstream(left), ctx.policy.calendar(clock.calendar));
  if (after === clock) return {};
  return { clocks: { 'end-to-end': after, ...reboundUnits(after, incident, ctx) } };
}

/**
 * The deadline people look at: the unit's while it has one, else that of the whole; but an upstream one
 * that comes earlier. Undefined while nothing runs.
 */
export function dueOf({ clocks }: Pick<Incident, 'clocks'>): string | undefined {
  const whole = clocks['end-to-end'];
  const own = clocks.handle ?? whole;
  const ownDue = own !== undefined && isRunning(own) ? own.dueAt : undefined;
  if (whole === undefined || !isRunning(whole) || !whole.basis.startsWith(BASIS)) return ownDue;
  return ownDue === undefined || whole.dueAt < ownDue ? whole.dueAt : ownDue;
}
