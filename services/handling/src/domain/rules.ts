import {
  type BodyOf,
  type Incident,
  type IncidentCommand,
  type NewEvent,
  systemSubject,
} from '@cityloop/contracts';
import {
  actorOf,
  assistOf,
  type Context,
  evolve,
  openAssists,
  openGranted,
  refusedFor,
  said,
  stopped,
  unpaused,
} from '@cityloop/incident';
import { fromIso, RuleViolation, toIso } from '@cityloop/kernel';
import type { StageRules } from '@cityloop/stage';
import { decideRequest, requestExtension, requestSuspension } from './approvals.ts';
import { confirm, finish } from './finish.ts';
import { backToDispatch, decideLateReturn, giveBack, leadUnit } from './give-back.ts';

/** 处置反馈: what may be done with an incident while its unit handles it. */
export const handlingRules: StageRules = { stage: 'handling', decide };

/** What nobody may do before the unit has received it. */
const needsReceipt: ReadonlySet<IncidentCommand['verb']> = new Set([
  'assign-crew',
  'contact',
  'request-extension',
  'request-suspension',
  'finish',
]);
/** No handling while suspended: only coming back, being called back, or talking about it. */
const whileSuspended: ReadonlySet<IncidentCommand['verb']> = new Set(['resume', 'recall']);

function decide(command: IncidentCommand, incident: Incident, ctx: Context): readonly NewEvent[] {
  if (incident.status === 'suspended' && !whileSuspended.has(command.verb)) {
    throw new RuleViolation('SUSPENDED', '挂账期间不能处置 / nothing is handled while suspended');
  }
  if (needsReceipt.has(command.verb)) refuseUnreceived(incident, ctx);
  switch (command.verb) {
    case 'receive':
      return [receive(command.body, incident, ctx)];
    case 'assign-crew':
      return [assignCrew(command.body, incident, ctx)];
    case 'contact':
      return [contact(command.body, incident, ctx)];
    case 'return':
      refuseFinished(incident);
      return giveBack(command.body, incident, ctx);
    case 'decide-late-return':
      refuseFinished(incident);
      return decideLateReturn(command.body, incident, ctx);
    case 'recall':
      return [recall(command.body, incident, ctx)];
    case 'request-extension':
      refuseFinished(incident);
      return requestExtension(command.body, incident, ctx);
    case 'decide-extension':
      refuseFinished(incident);
      return decideRequest('extension', command.body, incident, ctx);
    case 'request-suspension':
      refuseFinished(incident);
      return requestSuspension(command.body, incident, ctx);
    case 'decide-suspension':
      refuseFinished(incident);
      return decideRequest('suspension', command.body, incident, ctx);
    case 'resume':
      return [resume(command.body, incident, ctx)];
    case 'finish':
      return finishAndConfirm(command.body, incident, ctx);
    case 'confirm':
      return [confirm(command.body, incident, ctx, actorOf(ctx.subject, 'unit-leader'))];
    case 'send-back':
      return [sendBack(command.body, incident, ctx)];
    default:
      throw new RuleViolation(
        'NOT_HERE',
        '处置环节没有此操作，请看案件在哪个环节 / handling has no such command, see the custodian of the incident',
        {
          verb: command.verb,
        },
      );
  }
}

/** Each unit by its own receipt: who assists does not wait for the lead's. */
function refuseUnreceived(incident: Incident, { subject }: Context): void {
  const assist = assistOf(incident, subject.unitId);
  const missing =
    assist === undefined ? incident.status === 'assigned' : assist.receivedAt === undefined;
  if (missing) throw new RuleViolation('NOT_RECEIVED', '请先签收 / receive it first');
}

/** By rule, where the pack says so, the unit confirms as soon as its crew has finished. */
function finishAndConfirm(
  body: BodyOf<'finish'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const finished = finish(body, incident, ctx);
  const after = evolve(incident, finished, toIso(ctx.nowMs));
  const alone = openAssists(after).length === 0;
  const ready = after.status === 'finished' && alone && after.standardPending !== true;
  if (!ctx.policy.settings.confirmByRule || !ready) return [finished];
  return [finished, confirm({}, after, ctx, actorOf(systemSubject))];
}

function refuseFinished(incident: Incident): void {
  if (incident.status !== 'finished') return;
  throw new RuleViolation('FINISHED', '处置已完成，待部门确认 / it is finished, to be confirmed');
}

function receive(body: BodyOf<'receive'>, incident: Incident, ctx: Context): NewEvent {
  const unitId = ctx.subject.unitId ?? '';
  const assist = assistOf(incident, unitId);
  if (assist !== undefined) {
    if (assist.receivedAt !== undefined) throw received();
    return {
      type: 'handling.received',
      data: { ...said(ctx, incident, { body }), unitId, assist: true },
    };
  }
  if (incident.status !== 'assigned') throw received();
  const clocks = stopped(ctx, incident, 'receive');
  return { type: 'handling.received', data: { ...said(ctx, incident, { body }), unitId, clocks } };
}

function received(): RuleViolation {
  return new RuleViolation('ALREADY_RECEIVED', '已签收 / it is received already');
}

function assignCrew(body: BodyOf<'assign-crew'>, incident: Incident, ctx: Context): NewEvent {
  refuseFinished(incident);
  const { unitId } = leadUnit(incident);
  for (const personId of body.personIds) {
    if (ctx.policy.person(personId)?.unitId === unitId) continue;
    throw new RuleViolation('NOT_OF_THE_UNIT', '此人不属于本单位 / not a member of the unit', {
      personId,
    });
  }
  return {
    type: 'handling.crew-assigned',
    data: { ...said(ctx, incident, { body }), personIds: [...new Set(body.personIds)] },
  };
}

/** 先行联系: reached or not, each attempt counts; the first that reached the caller is in time or late. */
function contact(body: BodyOf<'contact'>, incident: Incident, ctx: Context): NewEvent {
  return {
    type: 'handling.contacted',
    data: {
      ...said(ctx, incident, { body }),
      result: body.result,
      ...(body.result === 'reached' ? reached(incident, ctx) : {}),
    },
  };
}

function reached(incident: Incident, ctx: Context) {
  return {
    ...(isContactLate(incident, ctx) ? { late: true as const } : {}),
    clocks: stopped(ctx, incident, 'first-contact'),
  };
}

function isContactLate(incident: Incident, ctx: Context): boolean {
  const { limit, calendarId } = ctx.policy.clock('first-contact');
  const assignedMs = fromIso(leadUnit(incident).at);
  return ctx.nowMs > ctx.policy.calendar(calendarId).deadline(assignedMs, limit).dueMs;
}

/** 撤回派遣: by the dispatcher until it is received, by the shift supervisor after. */
function recall(body: BodyOf<'recall'>, incident: Incident, ctx: Context): NewEvent {
  const lead = leadUnit(incident);
  const supervisor = ctx.subject.roles.includes('shift-supervisor');
  if (lead.receivedAt !== undefined && !supervisor) {
    throw new RuleViolation(
      'RECALL_TOO_LATE',
      '已签收，须值班长撤回 / received: ask the supervisor',
    );
  }
  return {
    type: 'handling.recalled',
    data: {
      ...said(ctx, incident, { body }),
      unitId: lead.unitId,
      ...refusedFor(ctx.policy, 'recall', body.reasonCode),
      ...backToDispatch('dispatch', incident, ctx),
    },
  };
}

function resume(body: BodyOf<'resume'>, incident: Incident, ctx: Context): NewEvent {
  const pause = openGranted(incident);
  if (pause === undefined || incident.status !== 'suspended') {
    throw new RuleViolation('NOT_SUSPENDED', '案件未挂账 / it is not suspended');
  }
  return {
    type: 'handling.resumed',
    data: {
      ...said(ctx, incident, { body }),
      pauseId: pause.id,
      ...unpaused(ctx, incident, pause.id),
    },
  };
}

function sendBack(body: BodyOf<'send-back'>, incident: Incident, ctx: Context): NewEvent {
  if (incident.status !== 'finished') {
    throw new RuleViolation('NOT_FINISHED', '班组尚未完成 / the crew has not finished');
  }
  const { unitId } = leadUnit(incident);
  return { type: 'handling.sent-back', data: { ...said(ctx, incident, { body }), unitId } };
}
