import type { BodyOf, Incident, NewEvent, PackUnit } from '@cityloop/contracts';
import { type Context, evolve, reasonOf, said } from '@cityloop/incident';
import { RuleViolation, toIso } from '@cityloop/kernel';
import { assigned, knownUnit, type Proposal, proposedByRule, suggestFor } from './assign.ts';
import { ruledGround } from './boundary.ts';

type Ruler = 'dispatcher' | 'shift-supervisor' | 'district';

/**
 * 退单裁决. The first return the dispatcher may accept; to refuse it, and the second, takes a shift
 * supervisor who did not dispatch it; from the number the pack says on the district rules, and the unit
 * it names (or the fallback unit, 托底) cannot return it again.
 */
export function ruleReturn(
  body: BodyOf<'rule-return'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const { lastReturn } = incident;
  if (incident.status !== 'to-rule' || lastReturn === undefined) {
    throw new RuleViolation('NO_RETURN', '没有待裁的退单 / there is no return to rule on');
  }
  const ruler = rulerOf(body.ruling, incident, ctx);
  const fault = faultOf(body.fault, ctx);
  const unit = ruledUnit(body, lastReturn.unitId, incident, ctx);
  const who = said(ctx, incident, { body });
  const ruled: NewEvent = {
    type: 'dispatch.return-ruled',
    data: {
      ...who,
      ruling: body.ruling,
      unitId: unit.id,
      fault,
      ruledAt: ruler,
      returnsSoFar: incident.counters.returns,
    },
  };
  const events = [ruled, ...levelMove(unit, incident, ctx)];
  const at = toIso(ctx.nowMs);
  const moved = events.reduce((state, event) => evolve(state, event, at), incident);
  const lostBecause = body.ruling === 'reassign' ? lastReturn.reasonCode : undefined;
  const final = ruler === 'district';
  const { assists } = body;
  const proposals = proposed(incident, ctx);
  const order = {
    unit,
    assists,
    who: said(ctx, moved, { body: {} }),
    proposals,
    final,
    lostBecause,
    refused: body.ruling === 'send-back',
  };
  return [...events, assigned(order, moved, ctx)];
}

/** What the unit proposed as it returned the case counts before the routing row it may have come by. */
function proposed(incident: Incident, ctx: Context): readonly Proposal[] {
  const unitId = incident.lastReturn?.suggestedUnitId;
  const byRule = proposedByRule(suggestFor(incident, ctx));
  return unitId === undefined ? byRule : [{ by: 'returning-unit', unitId }, ...byRule];
}

function faultOf(fault: string | undefined, ctx: Context): string {
  if (fault === undefined) {
    throw new RuleViolation('FAULT_MISSING', '裁决须认定责任 / a ruling says whose fault it is');
  }
  return reasonOf(ctx.policy, 'fault', fault).code;
}

function rulerOf(ruling: 'reassign' | 'send-back', incident: Incident, ctx: Context): Ruler {
  const { subject, policy } = ctx;
  const { returns } = policy.settings;
  const count = incident.counters.returns;
  if (count >= returns.districtRulesFrom) {
    if (subject.centreId === policy.districtCentre.id) return 'district';
    throw ruledBy('DISTRICT_RULES', '该案须由区中心裁决 / the district has to rule', incident);
  }
  if (subject.centreId !== incident.centreId) {
    throw ruledBy('CENTRE_RULES', '由持有中心裁决 / the centre that holds it rules', incident);
  }
  if (ruling === 'reassign' && count <= returns.dispatcherAccepts) return 'dispatcher';
  if (!subject.roles.includes('shift-supervisor')) {
    throw ruledBy('SUPERVISOR_RULES', '须由值班长裁决 / a shift supervisor has to rule', incident);
  }
  if (incident.lastReturn?.dispatchedBy === subject.id) {
    throw ruledBy('RULING_ON_OWN', '不能裁决本人派遣的退单 / not on one’s own dispatch', incident);
  }
  return 'shift-supervisor';
}

function ruledBy(code: string, message: string, incident: Incident): RuleViolation {
  return new RuleViolation(code, message, { returns: incident.counters.returns });
}

function ruledUnit(
  body: BodyOf<'rule-return'>,
  returnedBy: string,
  incident: Incident,
  ctx: Context,
): PackUnit {
  if (body.ruling === 'send-back') return knownUnit(ctx, returnedBy);
  const district = ctx.subject.centreId === ctx.policy.districtCentre.id;
  const fallback = ctx.policy.centre(incident.centreId)?.fallbackUnitId ?? '';
  const unit = knownUnit(ctx, body.unitId ?? fallback);
  if (unit.id === returnedBy) {
    throw new RuleViolation('UNIT_SAME', '改派须另选单位 / reassigning needs another unit', {
      unitId: unit.id,
    });
  }
  if (unit.centreId !== incident.centreId && !district) {
    throw new RuleViolation(
      'UNIT_OF_ANOTHER_CENTRE',
      '该单位不归本中心派遣 / this centre does not dispatch to it',
      { unitId: unit.id, centreId: unit.centreId },
    );
  }
  return unit;
}

/** A ruling of the district may name a unit of the other level: the level moves first. */
function levelMove(unit: PackUnit, incident: Incident, ctx: Context): NewEvent[] {
  if (unit.centreId === incident.centreId) return [];
  const data = {
    by: said(ctx, incident, { body: {} }).by,
    fromCentreId: incident.centreId,
    toCentreId: unit.centreId,
  };
  return unit.centreId === ctx.policy.districtCentre.id
    ? [{ type: 'dispatch.taken-up', data }]
    : [
        {
          type: 'dispatch.passed-down',
          data: { ...data, ...ruledGround(unit.centreId, incident, ctx) },
        },
      ];
}
