import type { ClockBook } from '@cityloop/calendar';
import type { BodyOf, Incident, NewEvent, PackUnit } from '@cityloop/contracts';
import {
  type Context,
  openPause,
  type Suggestion,
  said,
  started,
  stopped,
  unpaused,
} from '@cityloop/incident';
import { RuleViolation } from '@cityloop/kernel';

export type Order = {
  readonly unit: PackUnit;
  readonly assists?: BodyOf<'assign'>['assists'];
  readonly who: ReturnType<typeof said>;
  readonly suggestion?: Suggestion | undefined;
  /** The ruling that ends the quarrel: the unit cannot return it. */
  readonly final?: boolean;
  readonly lostBecause?: string | undefined;
};

/** 派遣: to a unit of the centre that has it in hand, with the standard row's limit on its calendar. */
export function assign(
  body: BodyOf<'assign'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  if (incident.status === 'to-rule') {
    throw new RuleViolation('RULING_DUE', '退单待裁，请先裁决 / rule on the return first');
  }
  const unit = unitOf(ctx, body.unitId, incident.centreId);
  const { assists } = body;
  for (const assist of assists ?? []) knownUnit(ctx, assist.unitId);
  const ids = [unit.id, ...(assists ?? []).map((a) => a.unitId)];
  if (new Set(ids).size < ids.length) {
    throw new RuleViolation('UNIT_TWICE', '同一单位重复派遣 / a unit is named twice');
  }
  const suggestion = suggestFor(incident, ctx);
  const agreed = suggestion?.unitId === unit.id ? suggestion : undefined;
  const who = said(ctx, incident, { body });
  return [assigned({ unit, assists, who, suggestion: agreed }, incident, ctx)];
}

/** The event of an assignment; whoever decided on it. */
export function assigned(order: Order, incident: Incident, ctx: Context): NewEvent {
  const { unit, assists, suggestion } = order;
  refuseConcerned(incident, [unit.id, ...(assists ?? []).map((a) => a.unitId)]);
  return {
    type: 'dispatch.assigned',
    data: {
      ...order.who,
      unitId: unit.id,
      unitCentreId: unit.centreId,
      ...(assists === undefined || assists.length === 0 ? {} : { assists }),
      ...(suggestion === undefined
        ? {}
        : { suggestion: { ruleId: suggestion.ruleId, reason: suggestion.reason } }),
      ...(order.final === true ? { final: true } : {}),
      ...(order.lostBecause === undefined ? {} : { lostBecause: order.lostBecause }),
      ...handling(unit, incident, ctx),
    },
  };
}

/**
 * The handling clock: a unit that had it before goes on with what it had left, another one starts
 * anew. While it was away from a unit the clock stood still (`return-ruling`).
 */
function handling(unit: PackUnit, incident: Incident, ctx: Context) {
  const dispatched = stopped(ctx, incident, 'dispatch');
  const pause = openPause(incident, 'return-ruling');
  if (pause === undefined) {
    return { clocks: { ...dispatched, ...startHandling(unit, incident, ctx) } };
  }
  const { clocks, pauses } = unpaused(ctx, incident, pause.id);
  const same = incident.clockUnitId === unit.id;
  const handle = same ? clocks : startHandling(unit, incident, ctx);
  return { clocks: { ...dispatched, ...handle }, pauses };
}

function startHandling(unit: PackUnit, incident: Incident, ctx: Context): ClockBook {
  const { standardId } = incident;
  const found = standardId === undefined ? undefined : ctx.policy.standard(standardId);
  const plan =
    found === undefined
      ? ctx.policy.clock('handle')
      : { limit: found.standard.limit.limit, calendarId: '', basis: `standard:${standardId}` };
  return started(ctx, incident, 'handle', { ...plan, calendarId: unit.calendar });
}

/** 回避: nobody handles a complaint against themselves. */
function refuseConcerned({ against }: Incident, unitIds: readonly string[]): void {
  if (against?.unitId === undefined || !unitIds.includes(against.unitId)) return;
  throw new RuleViolation('UNIT_CONCERNED', '被投诉单位应回避 / the complaint is about this unit', {
    unitId: against.unitId,
  });
}

export function knownUnit(ctx: Context, unitId: string): PackUnit {
  const unit = ctx.policy.unit(unitId);
  if (unit === undefined) {
    throw new RuleViolation('UNIT_UNKNOWN', '没有这个单位 / no such unit', { unitId });
  }
  return unit;
}

/** A unit the centre dispatches to; anything else has to be passed down or escalated first. */
export function unitOf(ctx: Context, unitId: string, centreId: string): PackUnit {
  const unit = knownUnit(ctx, unitId);
  if (unit.centreId !== centreId) {
    throw new RuleViolation(
      'UNIT_OF_ANOTHER_CENTRE',
      '该单位不归本中心派遣，请先下派或上报 / pass it down or escalate it first',
      { unitId, centreId: unit.centreId },
    );
  }
  return unit;
}

export function suggestFor(incident: Incident, ctx: Context): Suggestion | undefined {
  const { ground } = incident;
  return ctx.policy.suggest(
    {
      categoryCode: incident.categoryCode,
      kind: incident.kind,
      area: ground.grid ?? ground.committee ?? ground.subdistrict,
      channel: incident.channel,
      urgency: incident.urgency,
      level: incident.level,
    },
    incident.level === 'district' ? ctx.policy.centreOf(ground).id : incident.centreId,
  );
}
