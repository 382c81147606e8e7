import type { Actor, BodyOf, Incident, NewEvent } from '@cityloop/contracts';
import {
  assistClock,
  assistOf,
  type Context,
  hasWords,
  openAssists,
  refuseStandardPending,
  said,
  started,
  stopped,
} from '@cityloop/incident';
import { RuleViolation } from '@cityloop/kernel';

/** The crew has finished: what came of it, what the callers are told, and the photo that shows it. */
export function finish(body: BodyOf<'finish'>, incident: Incident, ctx: Context): NewEvent {
  const unitId = ctx.subject.unitId ?? '';
  const assist = assistOf(incident, unitId);
  const who = said(ctx, incident, { body }, { kind: 'after' });
  const { result, answer, satisfaction } = body;
  const told = {
    result,
    ...(answer === undefined ? {} : { answer }),
    ...(satisfaction === undefined ? {} : { satisfaction }),
  };
  if (assist !== undefined) {
    if (assist.finishedAt !== undefined) {
      throw new RuleViolation('FINISHED', '协办已完成 / the assisting unit has finished');
    }
    return {
      type: 'handling.finished',
      data: {
        ...who,
        unitId,
        assist: true,
        ...told,
        clocks: stopped(ctx, incident, assistClock(unitId)),
      },
    };
  }
  if (incident.status !== 'handling') {
    throw new RuleViolation('FINISHED', '处置已完成，待部门确认 / it is finished, to be confirmed');
  }
  refuseUnproven(body, incident, who.evidence !== undefined, ctx);
  return { type: 'handling.finished', data: { ...who, unitId, ...told } };
}

/** The standard row may demand a photo taken after it; who waits for an answer has to get one. */
function refuseUnproven(
  body: BodyOf<'finish'>,
  incident: Incident,
  shown: boolean,
  ctx: Context,
): void {
  const { standardId } = incident;
  const row = standardId === undefined ? undefined : ctx.policy.standard(standardId)?.standard;
  const wanted = row?.evidence === true && body.result === 'resolved' && incident.imported !== true;
  if (wanted && !shown) {
    throw new RuleViolation(
      'EVIDENCE_MISSING',
      '该标准须附处置后照片 / an after-photo is demanded',
      {
        standardId,
      },
    );
  }
  const waiting = incident.demands.some((d) => d.wantsReply && d.answeredAt === undefined);
  if (waiting && !hasWords(body.answer)) {
    throw new RuleViolation('ANSWER_MISSING', '有诉求人等待答复 / somebody waits for an answer');
  }
}

/** 部门确认: where the handling clock stops and 按期 is judged. */
export function confirm(
  body: BodyOf<'confirm'>,
  incident: Incident,
  ctx: Context,
  by: Actor,
): NewEvent {
  const { assignment } = incident;
  if (incident.status !== 'finished' || assignment?.finish === undefined) {
    throw new RuleViolation('NOT_FINISHED', '班组尚未完成 / the crew has not finished');
  }
  refuseStandardPending(incident);
  const open = openAssists(incident);
  if (open.length > 0) {
    throw new RuleViolation(
      'ASSISTS_OPEN',
      '协办单位尚未完成 / assisting units have not finished',
      {
        unitIds: open.map((a) => a.unitId),
      },
    );
  }
  return {
    type: 'handling.confirmed',
    data: {
      ...said(ctx, incident, { body }),
      by,
      unitId: assignment.unitId,
      result: assignment.finish.result,
      clocks: {
        ...stopped(ctx, incident, 'handle', 'rework', 'receive', 'first-contact'),
        ...started(ctx, incident, 'verify', ctx.policy.clock('verify')),
      },
    },
  };
}
