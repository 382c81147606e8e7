import type { BodyOf, Incident, NewEvent, Request } from '@cityloop/contracts';
import {
  type Context,
  extended,
  openAssistClocks,
  paused,
  reasonOf,
  said,
  together,
} from '@cityloop/incident';
import { fromIso, RuleViolation, toIso } from '@cityloop/kernel';

const DAY_MS = 86_400_000;
type Act = 'extension' | 'suspension';

/** 申请延期: while there is time left, at most the original limit longer, as often as the pack allows. */
export function requestExtension(
  body: BodyOf<'request-extension'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const clock = incident.clocks.handle;
  const { settings } = ctx.policy;
  if (clock === undefined || clock.stoppedAt !== undefined) throw notHandled();
  refusePending(incident, 'extension');
  refuseOverdue(incident, ctx);
  if (incident.counters.extensions >= settings.extensions.max) {
    throw new RuleViolation('EXTENSIONS_USED_UP', '延期次数已用完 / no further extension', {
      most: settings.extensions.max,
    });
  }
  if (body.reasonCode !== undefined) reasonOf(ctx.policy, 'extension', body.reasonCode);
  const untilMs = fromIso(body.until);
  const dueMs = fromIso(clock.dueAt);
  const most = ctx.policy.calendar(clock.calendar).deadline(dueMs, clock.limit).dueMs;
  if (untilMs <= dueMs || untilMs > most) {
    throw new RuleViolation(
      'UNTIL_OUT_OF_RANGE',
      '延期须晚于原时限且不超过一个原时限 / see details',
      {
        after: clock.dueAt,
        notAfter: toIso(most),
      },
    );
  }
  const act = incident.counters.extensions === 0 ? 'extension' : 'second-extension';
  const steps = stepsFor(act, ctx);
  const request = newRequest('extension', body.until, steps, ctx, body.reasonCode);
  const data = { ...said(ctx, incident, { body }), request };
  const requested: NewEvent = { type: 'handling.extension-requested', data };
  return steps.length > 0
    ? [requested]
    : [requested, granted(request, { ...incident, requests: [request] }, ctx)];
}

/** 申请挂账: until a day within the pack's limit; handling stands still once it is granted. */
export function requestSuspension(
  body: BodyOf<'request-suspension'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  refusePending(incident, 'suspension');
  const kind = reasonOf(ctx.policy, 'suspension', body.kind).code;
  const untilMs = fromIso(body.until);
  const mostMs = ctx.nowMs + ctx.policy.settings.suspension.maxDays * DAY_MS;
  if (untilMs <= ctx.nowMs || untilMs > mostMs) {
    throw new RuleViolation('UNTIL_OUT_OF_RANGE', '挂账期限不在允许范围 / until is out of range', {
      after: toIso(ctx.nowMs),
      notAfter: toIso(mostMs),
    });
  }
  const steps = stepsFor('suspension', ctx);
  const request = { ...newRequest('suspension', body.until, steps, ctx), kind };
  const data = { ...said(ctx, incident, { body }), request };
  const requested: NewEvent = { type: 'handling.suspension-requested', data };
  return steps.length > 0 ? [requested] : [requested, granted(request, incident, ctx)];
}

/** One step of a chain: the role whose turn it is agrees or refuses; never the applicant. */
export function decideRequest(
  act: Act,
  body: BodyOf<'decide-extension'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const request = incident.requests.find((r) => r.act === act);
  if (request === undefined) {
    throw new RuleViolation('NO_APPLICATION', '没有待批的申请 / no application is pending');
  }
  refuseWrongJudge(request, incident, ctx);
  const who = said(
    ctx,
    incident,
    { body },
    { role: ctx.subject.roles.find((r) => r === request.steps[0]) },
  );
  const common = { ...who, requestId: request.id, decision: body.decision };
  if (body.decision === 'refuse') return [decided(act, { ...common, final: true })];
  if (act === 'extension') refuseOverdue(incident, ctx);
  if (request.steps.length > 1) return [decided(act, { ...common, final: false })];
  return [{ ...granted(request, incident, ctx, common) }];
}

function refuseOverdue(incident: Incident, ctx: Context): void {
  const due = incident.clocks.handle?.dueAt;
  if (due === undefined || due > toIso(ctx.nowMs)) return;
  throw new RuleViolation('ALREADY_OVERDUE', '已超时，不能延期 / it is overdue already', { due });
}

function refuseWrongJudge(request: Request, incident: Incident, ctx: Context): void {
  const { subject } = ctx;
  const [step] = request.steps;
  if (request.by === subject.id || request.agreed.includes(subject.id)) {
    throw new RuleViolation('OWN_APPLICATION', '不能审批本人的申请 / not one’s own application');
  }
  const role = subject.roles.find((r) => r === step);
  const atUnit = step === 'unit-leader' && subject.unitId === incident.assignment?.unitId;
  const atCentre = step !== 'unit-leader' && subject.centreId === incident.centreId;
  if (role !== undefined && (atUnit || atCentre)) return;
  throw new RuleViolation('NOT_YOUR_STEP', '尚未轮到您审批 / another role’s turn', { step });
}

function granted(
  request: Request,
  incident: Incident,
  ctx: Context,
  common?: { readonly by: ReturnType<typeof said>['by'] },
): NewEvent {
  const until = request.until ?? '';
  const data = {
    ...(common ?? said(ctx, incident, { body: {} })),
    requestId: request.id,
    decision: 'grant' as const,
    final: true,
    until,
  };
  if (request.act === 'extension') {
    return decided('extension', {
      ...data,
      clocks: extendedForAll(incident, ctx, fromIso(until)),
    });
  }
  if (fromIso(until) <= ctx.nowMs) {
    throw new RuleViolation('UNTIL_OUT_OF_RANGE', '挂账期限已过 / until has passed', { until });
  }
  return decided('suspension', {
    ...data,
    ...(request.kind === undefined ? {} : { kind: request.kind }),
    ...paused(ctx, incident, {
      kind: 'suspension',
      clocks: ['handle', 'end-to-end', ...openAssistClocks(incident)],
      until: toIso(fromIso(until)),
      by: ctx.subject.id,
      ...(request.kind === undefined ? {} : { reason: request.kind }),
    }),
  });
}

/**
 * What the lead is granted holds for those who work with it, except for one whose own time is up
 * (nothing is extended once overdue) or lasts longer anyhow.
 */
function extendedForAll(
  incident: Incident,
  ctx: Context,
  untilMs: number,
): ReturnType<typeof extended> {
  const assists = openAssistClocks(incident).filter((name) => {
    const clock = incident.clocks[name];
    return clock !== undefined && clock.redAt === undefined && fromIso(clock.dueAt) < untilMs;
  });
  const names = ['handle' as const, ...assists];
  return together(...names.map((name) => extended(ctx, incident, name, untilMs)));
}

function decided(
  act: Act,
  data: Extract<NewEvent, { type: `handling.${Act}-decided` }>['data'],
): NewEvent {
  return act === 'extension'
    ? { type: 'handling.extension-decided', data }
    : { type: 'handling.suspension-decided', data };
}

function newRequest(
  act: Act,
  until: string,
  steps: string[],
  ctx: Context,
  reasonCode?: string,
): Request {
  return {
    id: ctx.newId(),
    act,
    at: toIso(ctx.nowMs),
    by: ctx.subject.id,
    until,
    ...(reasonCode === undefined ? {} : { reasonCode }),
    steps,
    agreed: [],
  };
}

/** The chain of the pack; a leader who applies needs no leader's word first. */
function stepsFor(act: 'extension' | 'second-extension' | 'suspension', ctx: Context): string[] {
  const steps: string[] = [...(ctx.policy.approval(act)?.steps ?? [])];
  const leads = ctx.subject.roles.includes('unit-leader');
  return leads ? steps.filter((step) => step !== 'unit-leader') : steps;
}

function refusePending(incident: Incident, act: Act): void {
  if (!incident.requests.some((r) => r.act === act)) return;
  throw new RuleViolation('APPLICATION_PENDING', '已有待批的申请 / an application is pending');
}

function notHandled(): RuleViolation {
  return new RuleViolation('NOT_RECEIVED', '请先签收 / receive it first');
}
