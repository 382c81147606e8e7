import {
  type Clock,
  type ClockBook,
  type ClockName,
  ownBasis,
  replanClock,
  replanIfMoved,
} from '@cityloop/calendar';
import { type Incident, type NewEvent, systemSubject } from '@cityloop/contracts';
import { handlingUnitOf } from './assists.ts';
import type { ClockPlan } from './clocks.ts';
import { actorOf, type Context } from './context.ts';
import { named } from './everywhere-event.ts';
import { planAsGoverned } from './modes.ts';
import type { DefaultClock, Policy } from './policy.ts';

const defaults: ReadonlySet<string> = new Set<DefaultClock>([
  'accept',
  'fact-check',
  'complete-filing',
  'dispatch',
  'receive',
  'first-contact',
  'handle',
  'verify',
  'call-back',
  'close',
  'rework',
  'ruling',
]);

/**
 * What a newer policy makes of the running clocks: each is planned anew from its start under the row it
 * hangs on, what pauses and extensions gave it stays, and so does an upstream due.
 * `firstDueAt` and the events of before keep the old result. Undefined when nothing comes out differently. A row the policy has dropped leaves its clocks as they are.
 */
export function replanned(incident: Incident, ctx: Context): NewEvent | undefined {
  const { policy } = ctx;
  if (incident.policyRevision >= policy.timingRevision) return undefined;
  let clocks: ClockBook = {};
  // The keys of a clock book are clock names.
  for (const [name, clock] of Object.entries(incident.clocks) as [ClockName, Clock][]) {
    // A red mark is history, but for one that rests on years nobody knew: next year's notice may lift it.
    const settled = clock.redAt !== undefined && clock.provisional === undefined;
    if (clock.stoppedAt !== undefined || settled) continue;
    const after = replan(name, clock, incident, policy);
    if (after !== undefined) clocks = { ...clocks, [name]: after };
  }
  if (Object.keys(clocks).length === 0) return undefined;
  return named(incident.custodian, 'replanned', {
    by: actorOf(systemSubject),
    revision: policy.revision,
    reason: '区政策更新 / the district’s policy has changed',
    clocks,
  });
}

function replan(
  name: ClockName,
  clock: Clock,
  incident: Incident,
  policy: Policy,
): Clock | undefined {
  const ordinary = planOf(name, clock, incident, policy);
  if (ordinary === undefined) return undefined;
  const own = { ...ordinary, calendarId: clock.calendar };
  const plan = planAsGoverned(policy, incident, name, own, clock);
  if (plan === undefined) return undefined;
  return replanIfMoved(clock, {
    limit: plan.limit,
    calendar: policy.calendar(clock.calendar),
    calendarId: clock.calendar,
    revision: policy.revision,
    basis: plan.basis,
    warnShare: policy.warnShare,
    mode: plan.mode,
  });
}

/**
 * The clock as it would stand had this policy applied from its start; undefined when the policy no longer has
 * the row it hangs on. One that has stopped is answered as it is.
 */
export function plannedUnder(
  policy: Policy,
  clock: Clock,
  incident: Parameters<Policy['endToEnd']>[0],
): Clock | undefined {
  const plan = planByBasis(clock, incident, policy);
  if (plan === undefined) return undefined;
  return replanClock(clock, {
    limit: plan.limit,
    calendar: policy.calendar(clock.calendar),
    calendarId: clock.calendar,
    revision: policy.revision,
    basis: plan.basis,
    warnShare: policy.warnShare,
  });
}

/** The plan behind a clock's basis, as the policy has it now, whatever mode is on. */
export function planOf(
  name: ClockName,
  clock: Clock,
  incident: Incident,
  policy: Policy,
): Pick<ClockPlan, 'limit' | 'basis'> | undefined {
  const unitId = handlingUnitOf(name, incident);
  return unitId === undefined
    ? planByBasis(clock, incident, policy)
    : handlingPlan(unitId, clock, incident, policy);
}

/** 处置: the chain is gone through again, so that a link that is new in the pack counts as well. */
function handlingPlan(
  unitId: string,
  clock: Clock,
  { standardId, categoryCode }: Incident,
  policy: Policy,
): Pick<ClockPlan, 'limit' | 'basis'> | undefined {
  if (ownBasis(clock).startsWith('standard:') && standardId === undefined) return undefined;
  if (standardId !== undefined && policy.standard(standardId) === undefined) return undefined;
  return policy.handling({ unitId, standardId, categoryCode });
}

function planByBasis(
  clock: Clock,
  incident: Parameters<Policy['endToEnd']>[0],
  policy: Policy,
): Pick<ClockPlan, 'limit' | 'basis'> | undefined {
  const basis = ownBasis(clock);
  const source = basis.slice(0, basis.indexOf(':'));
  const id = basis.slice(source.length + 1);
  switch (source) {
    case 'unit': {
      const [unitId = '', , standardId = ''] = id.split(':');
      return policy.standard(standardId) && policy.handling({ unitId, standardId });
    }
    case 'standard':
      return policy.standard(id) && policy.handling({ unitId: '', standardId: id });
    case 'category':
      return policy.handling({ unitId: '', categoryCode: id });
    case 'default':
      return defaults.has(id) ? policy.clock(id as DefaultClock) : undefined; // `has` has told
    case 'end-to-end':
      return policy.endToEnd(incident);
    default:
      return undefined;
  }
}
