import {
  type BodyOf,
  type Incident,
  type NewEvent,
  type PackCentre,
  systemSubject,
} from '@cityloop/contracts';
import {
  actorOf,
  applyFor,
  type Context,
  decideOn,
  evolve,
  isConcernedUnit,
  laidDown,
  reasonOf,
  refuseConcernedCentre,
  refusedFor,
  type Said,
  type Suggestion,
  said,
  started,
  stopped,
} from '@cityloop/incident';
import { RuleViolation, toIso } from '@cityloop/kernel';
import type { StageRules } from '@cityloop/stage';
import { assign, assigned, proposedByRule, suggestFor } from './assign.ts';
import { ruledGround } from './boundary.ts';
import { ruleReturn } from './rule-return.ts';

/** 指挥派遣: what may be done with an incident while dispatch holds it, at either level. */
export const dispatchRules: StageRules = {
  stage: 'dispatch',
  decide(command, incident, ctx) {
    switch (command.verb) {
      case 'assign':
        return assign(command.body, incident, ctx);
      case 'pass-down':
        return [passDown(command.body, incident, ctx)];
      case 'escalate':
        return [escalate(command.body, incident, ctx)];
      case 'take-up':
        return [takeUp(command.body, incident, ctx)];
      case 'rule-return':
        return ruleReturn(command.body, incident, ctx);
      case 'cancel':
        return cancel(command.body, incident, ctx);
      case 'decide-cancel':
        return decideOn('cancel', command.body, incident, ctx, (request, who) =>
          cancelled(who, request.reasonCode ?? '', incident, ctx),
        );
      default:
        throw new RuleViolation(
          'NOT_HERE',
          '派遣环节没有此操作，请看案件在哪个环节 / dispatch has no such command, see the custodian of the incident',
          {
            verb: command.verb,
          },
        );
    }
  },
  arrive: assignByRule,
};

/** Assigned at once where the routing row says so, and when it is urgent; as actor system. */
function assignByRule(incident: Incident, ctx: Context): readonly NewEvent[] {
  const suggestion = decidedByRow(incident, ctx);
  const unit = suggestion && ctx.policy.unit(suggestion.unitId);
  if (suggestion === undefined || unit === undefined) return [];
  const assists = (suggestion.assists ?? []).filter((a) => a.unitId !== unit.id);
  const ids = [unit.id, ...assists.map((a) => a.unitId)];
  if (ids.some((id) => isConcernedUnit(incident, id, ctx.policy))) return [];
  const moves = moveByRule(unit.centreId, incident, ctx);
  if (moves === undefined) return [];
  const at = toIso(ctx.nowMs);
  const moved = moves.reduce((state, event) => evolve(state, event, at), incident);
  const who = { by: actorOf(systemSubject) };
  return [
    ...moves,
    assigned({ unit, assists, who, proposals: proposedByRule(suggestion) }, moved, ctx),
  ];
}

/** The row that decides by itself, if one does: on the first assignment of undisputed ground only. */
function decidedByRow(incident: Incident, ctx: Context): Suggestion | undefined {
  const first = incident.counters.assignments === 0 && incident.counters.reopens === 0;
  if (incident.status !== 'to-dispatch' || !first || incident.ground.disputed) return undefined;
  const suggestion = suggestFor(incident, ctx);
  const urgent =
    incident.urgency === 'urgent' || ctx.policy.category(incident.categoryCode ?? '')?.urgent;
  return suggestion?.autoAssign === true || urgent === true ? suggestion : undefined;
}

/** The change of level a rule may make on the way to a unit; undefined when it may not. */
function moveByRule(
  toCentreId: string,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] | undefined {
  if (toCentreId === incident.centreId) return [];
  if (toCentreId === incident.against?.centreId) return undefined;
  const by = actorOf(systemSubject);
  const data = { by, fromCentreId: incident.centreId, toCentreId };
  if (incident.level === 'district') return [{ type: 'dispatch.passed-down', data }];
  const up = toCentreId === ctx.policy.districtCentre.id;
  return up ? [{ type: 'dispatch.taken-up', data }] : undefined;
}

/** The clock of the level that gives it away, to dispatch it or to rule, ends; that of the other begins. */
function moveClocks(incident: Incident, ctx: Context) {
  const name = incident.status === 'to-rule' ? 'ruling' : 'dispatch';
  const ended = stopped(ctx, incident, name);
  const clocks = { ...incident.clocks, ...ended };
  return {
    ...ended,
    ...started(ctx, { ...incident, clocks }, name, ctx.policy.clock(name)),
  };
}

function refuseWhileRuling(incident: Incident): void {
  if (incident.status !== 'to-rule') return;
  throw new RuleViolation('RULING_DUE', '退单待裁，请先裁决 / rule on the return first');
}

function passDown(body: BodyOf<'pass-down'>, incident: Incident, ctx: Context): NewEvent {
  refuseWhileRuling(incident);
  if (incident.level !== 'district') {
    throw new RuleViolation(
      'LEVEL_WRONG',
      '案件已在街镇中心，可直接派遣或上报 / it is at a subdistrict already: assign or escalate it',
    );
  }
  const centre =
    body.centreId === undefined
      ? ctx.policy.centreOf(incident.ground)
      : ctx.policy.centre(body.centreId);
  if (centre === undefined || centre.level !== 'subdistrict') {
    throw new RuleViolation(
      'CENTRE_UNKNOWN',
      '请指定街镇中心，见 GET /api/v1/district / name a subdistrict centre, see GET /api/v1/district',
      {
        centreId: body.centreId,
        ...(incident.ground.disputed === undefined ? {} : { disputed: incident.ground.disputed }),
      },
    );
  }
  return {
    type: 'dispatch.passed-down',
    data: {
      ...said(ctx, incident, { body }),
      ...between(incident, centre, ctx),
      ...ruledGround(centre.id, incident, ctx),
    },
  };
}

function escalate(body: BodyOf<'escalate'>, incident: Incident, ctx: Context): NewEvent {
  if (incident.level !== 'subdistrict') {
    throw new RuleViolation(
      'LEVEL_WRONG',
      '案件已在区中心，可直接派遣或下派 / it is at the district already: assign it or pass it down',
    );
  }
  refuseWhileRuling(incident);
  refuseOtherCentre(body.centreId, ctx);
  const kind = reasonOf(ctx.policy, 'escalate', body.kind).code;
  return {
    type: 'dispatch.escalated',
    data: {
      ...said(ctx, incident, { body }),
      ...between(incident, ctx.policy.districtCentre, ctx),
      kind,
    },
  };
}

/** There is one centre above: who names another has something else in mind. */
function refuseOtherCentre(centreId: string | undefined, { policy }: Context): void {
  const { id } = policy.districtCentre;
  if (centreId === undefined || centreId === id) return;
  throw new RuleViolation(
    'CENTRE_WRONG',
    '上报和提级只到区中心，centreId 请留空 / up is the district’s centre only: leave centreId out',
    { centreId, district: id },
  );
}

/** 提级: the district takes it in hand itself. */
function takeUp(body: BodyOf<'take-up'>, incident: Incident, ctx: Context): NewEvent {
  const { districtCentre } = ctx.policy;
  refuseOtherCentre(body.centreId, ctx);
  if (ctx.subject.centreId !== districtCentre.id) {
    throw new RuleViolation('DISTRICT_ONLY', '只有区中心可以提级 / only the district takes up');
  }
  if (incident.level !== 'subdistrict') {
    throw new RuleViolation(
      'LEVEL_WRONG',
      '案件已在区中心，可直接派遣或下派 / it is at the district already: assign it or pass it down',
    );
  }
  return {
    type: 'dispatch.taken-up',
    data: { ...said(ctx, incident, { body }), ...between(incident, districtCentre, ctx) },
  };
}

function between(incident: Incident, centre: PackCentre, ctx: Context) {
  refuseConcernedCentre(incident, centre.id);
  return {
    fromCentreId: incident.centreId,
    toCentreId: centre.id,
    clocks: moveClocks(incident, ctx),
  };
}

/** 作废, once everybody has agreed whom the pack names. */
function cancel(body: BodyOf<'cancel'>, incident: Incident, ctx: Context): readonly NewEvent[] {
  const { code: reasonCode } = reasonOf(ctx.policy, 'cancel', body.reasonCode);
  return applyFor('cancel', { body, asked: { reasonCode } }, incident, ctx, (who) =>
    cancelled(who, reasonCode, incident, ctx),
  );
}

function cancelled(
  who: Pick<Said, 'by'>,
  reasonCode: string,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const refused = refusedFor(ctx.policy, 'cancel', reasonCode);
  const data = { ...who, ...refused, ...laidDown(ctx, incident) };
  return { type: 'dispatch.cancelled', data };
}
