import type { BodyOf, Demand, Incident, NewEvent } from '@cityloop/contracts';
import { type Context, reasonOf, said } from '@cityloop/incident';
import { RuleViolation, toIso } from '@cityloop/kernel';

/** 回访: one attempt to reach one caller; what the caller says of it is kept apart from the unit's word. */
export function callBack(body: BodyOf<'call-back'>, incident: Incident, ctx: Context): NewEvent {
  const demand = demandOf(body.demandId, incident);
  if (body.reached && body.satisfaction === undefined) {
    throw new RuleViolation('GRADE_MISSING', '接通后须登记满意度 / reached: ask for the grade');
  }
  if (!body.reached && (body.satisfaction !== undefined || body.resolved !== undefined)) {
    throw new RuleViolation('NOT_REACHED', '未接通不能登记评价 / nobody was reached to say so');
  }
  const complaint = body.satisfaction === 'dissatisfied' || body.resolved === false;
  if (complaint && body.reasonCode === undefined) {
    throw new RuleViolation('REASON_MISSING', '不满意或未解决须登记原因 / ask why and register it');
  }
  if (body.reasonCode !== undefined) reasonOf(ctx.policy, 'dissatisfaction', body.reasonCode);
  return {
    type: 'verification.called-back',
    data: {
      ...said(ctx, incident, { body }),
      demandId: demand.id,
      attempt: (demand.callBacks?.length ?? 0) + 1,
      callBack: {
        at: toIso(ctx.nowMs),
        by: ctx.subject.id,
        reached: body.reached,
        ...(body.resolved === undefined ? {} : { resolved: body.resolved }),
        ...(body.satisfaction === undefined ? {} : { satisfaction: body.satisfaction }),
        ...(body.reasonCode === undefined ? {} : { reasonCode: body.reasonCode }),
      },
    },
  };
}

/** The demand that is meant: the one named, or the only one that wants an answer. */
function demandOf(demandId: string | undefined, incident: Incident): Demand {
  const { demands } = incident;
  if (demandId !== undefined) {
    const named = demands.find((d) => d.id === demandId);
    if (named !== undefined) return named;
    throw new RuleViolation(
      'DEMAND_UNKNOWN',
      '没有这件诉求，见案件的 demands / no such demand, see demands of the incident',
      { demandId },
    );
  }
  const waiting = demands.filter((d) => d.wantsReply);
  const [only] = waiting.length > 0 ? waiting : demands;
  if (only !== undefined && (waiting.length === 1 || demands.length === 1)) return only;
  throw new RuleViolation('DEMAND_UNCLEAR', '有多件诉求，请指明 / several demands: name one', {
    demandIds: demands.map((d) => d.id),
  });
}
