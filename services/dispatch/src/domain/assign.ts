import type { ClockBook, ClockName } from '@cityloop/calendar';
import type { BodyOf, Incident, NewEvent, PackUnit } from '@cityloop/contracts';
import {
  assistClock,
  type Context,
  isConcernedUnit,
  openPause,
  reserved,
  routeFacts,
  type Suggestion,
  said,
  started,
  stopped,
  struck,
  together,
  unpaused,
} from '@cityloop/incident';
import { RuleViolation } from '@cityloop/kernel';

/** A unit somebody proposed: a routing row, or the unit that returned the case. */
export type Proposal =
  | ({ readonly by: 'rule' } & Pick<Suggestion, 'unitId' | 'ruleId' | 'reason'>)
  | { readonly by: 'returning-unit'; readonly unitId: string };

export type Order = {
  readonly unit: PackUnit;
  readonly assists?: BodyOf<'assign'>['assists'];
  readonly who: ReturnType<typeof said>;
  /** All that was suggested; of two for the same unit the first counts. */
  readonly proposals: readonly Proposal[];
  /** The ruling that ends the quarrel: the unit cannot return it. */
  readonly final?: boolean;
  readonly lostBecause?: string | undefined;
  /** A return that was refused: the time it took counts, as if there had been none. */
  readonly refused?: boolean;
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
  const proposals = proposedByRule(suggestFor(incident, ctx));
  const who = said(ctx, incident, { body });
  const { lostBecause } = incident;
  return [assigned({ unit, assists, who, proposals, lostBecause }, incident, ctx)];
}

/** The event of an assignment; whoever decided on it. */
export function assigned(order: Order, incident: Incident, ctx: Context): NewEvent {
  const { unit, assists = [] } = order;
  const ids = [unit.id, ...assists.map((a) => a.unitId)];
  if (new Set(ids).size < ids.length) {
    throw new RuleViolation('UNIT_TWICE', '同一单位重复派遣 / a unit is named twice');
  }
  refuseConcerned(incident, ids, ctx);
  return {
    type: 'dispatch.assigned',
    data: {
      ...order.who,
      unitId: unit.id,
      unitCentreId: unit.centreId,
      ...(assists.length === 0 ? {} : { assists }),
      ...suggested(unit.id, order.proposals),
      ...(order.final === true ? { final: true } : {}),
      ...(order.lostBecause === undefined ? {} : { lostBecause: order.lostBecause }),
      ...handling(order, incident, ctx),
    },
  };
}

/** Whose proposal the assignment follows, and which it does not. */
function suggested(unitId: string, proposals: readonly Proposal[]) {
  const followed = proposals.find((proposal) => proposal.unitId === unitId);
  const overruled = proposals
    .filter((proposal) => proposal.unitId !== unitId)
    .map((proposal) => ({
      by: proposal.by,
      unitId: proposal.unitId,
      ...(proposal.by === 'rule' ? { ruleId: proposal.ruleId } : {}),
    }));
  return {
    suggestedBy: followed?.by ?? ('none' as const),
    ...(followed?.by === 'rule'
      ? { suggestion: { ruleId: followed.ruleId, reason: followed.reason } }
      : {}),
    ...(overruled.length === 0 ? {} : { overruled }),
  };
}

/**
 * The clocks of handling. The lead's: a unit that had it before goes on with what it had left, another
 * one starts anew; while it was away from a unit the clock stood still (`return-ruling`), unless its return
 * is refused. Each assisting
 * unit has the same limit on its own calendar, anew with every assignment: it is another task. Until the
 * lead has received it and, where a caller waits, has spoken to them, clocks of their own run for that.
 */
function handling({ unit, assists = [], refused }: Order, incident: Incident, ctx: Context) {
  const assisting = assists.map(({ unitId }) =>
    startHandling(assistClock(unitId), knownUnit(ctx, unitId), incident, ctx),
  );
  const clocks = together(
    stopped(ctx, incident, 'dispatch', 'ruling'),
    started(ctx, incident, 'receive', ctx.policy.clock('receive')),
    incident.demands.some((demand) => demand.wantsReply)
      ? started(ctx, incident, 'first-contact', ctx.policy.clock('first-contact'))
      : {},
    ...assisting,
  );
  const start = () => startHandling('handle', unit, incident, ctx);
  const pause = openPause(incident, 'return-ruling');
  if (pause === undefined) return { clocks: { ...clocks, ...start() } };
  const freed = refused === true ? struck(ctx, incident, pause) : unpaused(ctx, incident, pause.id);
  const handle = incident.clockUnitId === unit.id ? freed.clocks : start();
  return { clocks: { ...clocks, ...handle }, pauses: freed.pauses };
}

function startHandling(
  name: ClockName,
  unit: PackUnit,
  incident: Incident,
  ctx: Context,
): ClockBook {
  const { standardId, categoryCode, clocks, demands } = incident;
  const plan = {
    ...ctx.policy.handling({ unitId: unit.id, standardId, categoryCode }),
    calendarId: unit.calendar,
  };
  const bound = reserved(clocks['end-to-end'], demands, plan, ctx);
  return started(ctx, incident, name, { ...plan, bound });
}

/** 回避: nobody handles a complaint against themselves. */
function refuseConcerned(incident: Incident, unitIds: readonly string[], ctx: Context): void {
  const unitId = unitIds.find((id) => isConcernedUnit(incident, id, ctx.policy));
  if (unitId === undefined) return;
  throw new RuleViolation(
    'UNIT_CONCERNED',
    '被投诉单位（或其所属中心）应回避 / the complaint is about this unit or its centre',
    { unitId },
  );
}

export function knownUnit(ctx: Context, unitId: string): PackUnit {
  const unit = ctx.policy.unit(unitId);
  if (unit === undefined) {
    throw new RuleViolation(
      'UNIT_UNKNOWN',
      '没有这个单位，见 GET /api/v1/district / no such unit, see GET /api/v1/district',
      { unitId },
    );
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

export function proposedByRule(suggestion: Suggestion | undefined): readonly Proposal[] {
  return suggestion === undefined ? [] : [{ by: 'rule', ...suggestion }];
}

export function suggestFor(incident: Incident, ctx: Context): Suggestion | undefined {
  const { ground } = incident;
  return ctx.policy.suggest(
    routeFacts(incident),
    incident.level === 'district' ? ctx.policy.centreOf(ground).id : incident.centreId,
    ctx.nowMs,
  );
}
