import type { BodyOf, Demand, Incident, NewEvent, Stage } from '@cityloop/contracts';
import { Forbidden, RuleViolation } from '@cityloop/kernel';
import { laidDown } from './clocks.ts';
import type { Context } from './context.ts';
import { named } from './everywhere-event.ts';
import { said } from './said.ts';
import { reasonOf } from './standard.ts';
import { unboundBy } from './upstream.ts';

/**
 * 诉求人撤回: takes one caller's demand out. The incident ends when no other is left open. Refuses with
 * `DEMAND_UNKNOWN`, with `DEMAND_MISSING` when several could be meant, with `DEMAND_OF_ANOTHER` (403)
 * for who is of neither centre and wants to withdraw another caller's.
 */
export function withdrawn(
  stage: Stage,
  body: BodyOf<'withdraw'>,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const { reasonCode } = body;
  if (reasonCode !== undefined) reasonOf(ctx.policy, 'withdraw', reasonCode);
  const demand = demandMeant(body.demandId, incident, ctx);
  const data = {
    ...said(ctx, incident, { body }),
    ...(demand === undefined ? {} : { demandId: demand.id }),
    ...(reasonCode === undefined ? {} : { reasonCode }),
  };
  if (incident.demands.length > 1) {
    const freed = demand === undefined ? {} : unboundBy([demand.id], incident, ctx);
    return named(stage, 'demand-withdrawn', { ...data, ...freed });
  }
  return named(stage, 'withdrawn', { ...data, ...laidDown(ctx, incident) });
}

/** Undefined only where none is left at all: the last one went its own way with an un-merge. */
function demandMeant(
  demandId: string | undefined,
  incident: Incident,
  ctx: Context,
): Demand | undefined {
  const { demands } = incident;
  const named = demands.find((d) => d.id === demandId);
  if (demandId !== undefined && named === undefined) {
    throw new RuleViolation('DEMAND_UNKNOWN', '没有这件诉求 / no such demand', { demandId });
  }
  const theirs = demands.filter((d) => mayWithdraw(d, incident, ctx));
  const meant = named ?? (theirs.length === 1 ? theirs[0] : undefined);
  if (demands.length > 0 && (theirs.length === 0 || (meant && !theirs.includes(meant)))) {
    throw new Forbidden('DEMAND_OF_ANOTHER', '只能撤回本人的诉求 / not one’s own demand');
  }
  if (meant === undefined && theirs.length > 1) {
    throw new RuleViolation(
      'DEMAND_MISSING',
      '本案有多件诉求，请指明撤回哪一件 / several callers wait: name the demandId',
      { choices: theirs.map((d) => d.id) },
    );
  }
  return meant;
}

/** For any caller: the centres that answer for the case. Everybody else: what they gave themselves. */
function mayWithdraw(demand: Demand, incident: Incident, { subject }: Context): boolean {
  const { centreId } = subject;
  const answers = centreId === incident.centreId || centreId === incident.ownerCentreId;
  return answers || demand.by === subject.id;
}
