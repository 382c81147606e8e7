import { type Clock, type ClockBook, type ClockKind, startClock } from '@cityloop/calendar';
import type { Channel, Incident } from '@cityloop/contracts';
import { toIso } from '@cityloop/kernel';
import type { ClockPlan } from './clocks.ts';
import { planInForce, type Timed } from './modes.ts';
import type { Policy } from './policy.ts';
import { reserved } from './reserve.ts';
import { earliestUpstream } from './upstream-dues.ts';

/** An incident that might be: what its deadlines hang on. */
export type Imagined = {
  readonly channel: Channel;
  readonly urgency: Incident['urgency'];
  readonly categoryCode?: string | undefined;
  readonly standardId?: string | undefined;
  readonly unitId?: string | undefined;
  /** Code of a subdistrict, committee or grid: modes (平战) may hold for some ground only. */
  readonly area?: string | undefined;
  readonly startMs: number;
  readonly upstreamDueMs?: number | undefined;
};

/** The clocks whose limit hangs on the clock alone, as the incident meets them; 处置 comes between. */
const others = [
  'accept',
  'dispatch',
  'receive',
  'first-contact',
  'verify',
  'call-back',
  'rework',
  'ruling',
] as const satisfies readonly ClockKind[];

/**
 * What the clocks of such an incident would be, each as if it began at `startMs`: which of them ever do
 * depends on the way the incident takes. What the pack does not know of it is left to the defaults.
 */
export function previewClocks(given: Imagined, policy: Policy): ClockBook {
  const { channel, urgency, categoryCode, upstreamDueMs } = given;
  const category = categoryCode === undefined ? undefined : policy.category(categoryCode);
  const facts = { channel, urgency, categoryCode, ...(category && { kind: category.kind }) };
  const timed: Timed = {
    ...facts,
    standardId: given.standardId,
    // Where nobody says whose ground it is, modes count that are on in the whole district.
    ground: (given.area === undefined ? undefined : policy.groundOf(given.area)) ?? {},
    level: unitLevel(given, policy),
  };
  const start = (name: ClockKind, ordinary: ClockPlan) => {
    const plan = planInForce(policy, timed, name, ordinary, given.startMs);
    return {
      limit: plan.limit,
      calendar: policy.calendar(plan.calendarId),
      revision: policy.revision,
      basis: plan.basis,
      mode: plan.mode,
      atMs: given.startMs,
      warnShare: policy.warnShare,
    };
  };
  const demands =
    upstreamDueMs === undefined ? [] : [{ id: 'preview', upstreamDueAt: toIso(upstreamDueMs) }];
  const upstream = { bound: earliestUpstream(demands) };
  const rest = others.map((kind) => [kind, startClock(start(kind, policy.clock(kind)))] as const);
  const whole = startClock({ ...start('end-to-end', policy.endToEnd(facts)), ...upstream });
  const own = handlePlan(given, policy);
  const bound = reserved(whole, demands, own, { nowMs: given.startMs, policy });
  return Object.fromEntries<Clock>([
    ['end-to-end', whole],
    ['handle', startClock({ ...start('handle', own), bound })],
    ...rest,
  ]) as ClockBook; // the keys are clock names
}

/** The level of the centre that would dispatch it: the unit's, else the district's. */
function unitLevel({ unitId }: Imagined, policy: Policy): Incident['level'] {
  const centreId = unitId === undefined ? undefined : policy.unit(unitId)?.centreId;
  return (centreId === undefined ? undefined : policy.centre(centreId)?.level) ?? 'district';
}

/** As a unit's clock is started when it is assigned: by the chain of limits, on the unit's own calendar. */
function handlePlan({ standardId, categoryCode, unitId }: Imagined, policy: Policy): ClockPlan {
  const { calendarId } = policy.clock('handle');
  const own = unitId === undefined ? undefined : policy.unit(unitId)?.calendar;
  const chain = policy.handling({ unitId: unitId ?? '', standardId, categoryCode });
  return { ...chain, calendarId: own ?? calendarId };
}
