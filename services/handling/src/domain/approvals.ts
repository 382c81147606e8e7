import type { BodyOf, DataOf, Incident, NewEvent, Request } from '@cityloop/contracts';
import {
  application,
  applicationToDecide,
  type Context,
  decidedStep,
  extended,
  heldBy,
  openAssistClocks,
  ownDueOf,
  paused,
  reasonOf,
  requested,
  said,
  together,
} from '@cityloop/incident';
import { fromIso, RuleViolation, toIso } from '@cityloop/kernel';

const DAY_MS = 86_400_000;
type Act = 'extension' | 'suspension';
type Handled = NonNullable<Incident['clocks']['handle']>;
type Step = ReturnType<typeof decidedStep>;

/** 申请延期: while there is time left, at most the original limit longer, as often as the pack allows. */
export function requestExtension(
  body: BodyOf<'request-extension'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const clock = incident.clocks.handle;
  const { settings } = ctx.policy;
  if (clock === undefined || clock.stoppedAt !== undefined) throw notHandled();
  refuseOverdue(incident, ctx);
  if (incident.counters.extensions >= settings.extensions.max) {
    throw new RuleViolation('EXTENSIONS_USED_UP', '延期次数已用完 / no further extension', {
      most: settings.extensions.max,
    });
  }
  if (body.reasonCode !== undefined) reasonOf(ctx.policy, 'extension', body.reasonCode);
  refuseOutOfRange(fromIso(body.until), clock, ctx);
  const { until, reasonCode } = body;
  const asked = { until, ...(reasonCode === undefined ? {} : { reasonCode }) };
  return apply(application('extension', asked, incident, ctx), body, incident, ctx);
}

/** An extension moves the unit's own time, so that is what it is measured by, whatever binds the clock. */
function refuseOutOfRange(untilMs: number, clock: Handled, ctx: Context): void {
  const after = ownDueOf(clock, ctx);
  const calendar = ctx.policy.calendar(clock.calendar);
  const notAfter = toIso(calendar.deadline(fromIso(after), clock.limit).dueMs);
  if (untilMs > fromIso(after) && untilMs <= fromIso(notAfter)) return;
  if (clock.dueAt < after && untilMs <= fromIso(after)) {
    throw new RuleViolation(
      'EXTENSION_MOVES_NOTHING',
      `上级时限 ${clock.dueAt} 不因延期改变；单位自身时限到 ${after}，早于此的延期无效 / the upstream bound stays, and the unit’s own time lasts until then anyhow`,
      { boundAt: clock.dueAt, after, notAfter },
    );
  }
  throw new RuleViolation(
    'UNTIL_OUT_OF_RANGE',
    `延期须晚于 ${after}，不晚于 ${notAfter} / until must be after the first and not after the second`,
    { after, notAfter },
  );
}

/** 申请挂账: until a day within the pack's limit; handling stands still once it is granted. */
export function requestSuspension(
  body: BodyOf<'request-suspension'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const kind = reasonOf(ctx.policy, 'suspension', body.kind).code;
  const untilMs = fromIso(body.until);
  const mostMs = ctx.nowMs + ctx.policy.pause(body.pause ?? 'suspension').maxDays * DAY_MS;
  if (untilMs <= ctx.nowMs || untilMs > mostMs) {
    throw new RuleViolation(
      'UNTIL_OUT_OF_RANGE',
      `挂账期限须晚于现在，不晚于 ${toIso(mostMs)} / until must be ahead and not after that`,
      {
        after: toIso(ctx.nowMs),
        notAfter: toIso(mostMs),
      },
    );
  }
  const { until, pause } = body;
  const asked = { until, kind, ...(pause === undefined ? {} : { pause }) };
  return apply(application('suspension', asked, incident, ctx), body, incident, ctx);
}

/** Also what needs nobody is applied for and granted: it counts like any other. */
function apply(
  request: Request,
  body: BodyOf<'request-extension'> | BodyOf<'request-suspension'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const event = requested(request, body, incident, ctx);
  if (request.steps.length > 0) return [event];
  const { by } = said(ctx, incident, { body: {} });
  return [event, granted(request, incident, ctx, { by, requestId: request.id, ...grant })];
}

const grant = { decision: 'grant', final: true } as const;

/**
 * One step of a chain: the role whose turn it is agrees or refuses; never the applicant. An extension that
 * was applied for in time is granted however late somebody decides.
 */
export function decideRequest(
  act: Act,
  body: BodyOf<'decide-extension'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const request = applicationToDecide(act, incident, ctx);
  const step = decidedStep(request, body, incident, ctx);
  const passed = step.decision === 'refuse' || !step.final;
  return [passed ? decided(act, step) : granted(request, incident, ctx, step)];
}

function refuseOverdue(incident: Incident, ctx: Context): void {
  const due = incident.clocks.handle?.dueAt;
  if (due === undefined || due > toIso(ctx.nowMs)) return;
  throw new RuleViolation('ALREADY_OVERDUE', '已超时，不能延期 / it is overdue already', { due });
}

function granted(request: Request, incident: Incident, ctx: Context, step: Step): NewEvent {
  const { until = '', kind, pause = 'suspension' } = request;
  const data = { ...step, until };
  if (request.act === 'extension') {
    const clocks = extendedForAll(incident, ctx, fromIso(until));
    return decided('extension', { ...data, clocks });
  }
  if (fromIso(until) <= ctx.nowMs) {
    throw new RuleViolation(
      'UNTIL_OUT_OF_RANGE',
      '挂账期限已过，请驳回并重新申请 / until has passed: refuse it and apply again',
      { until },
    );
  }
  return decided('suspension', {
    ...data,
    ...(kind === undefined ? {} : { kind }),
    // What is granted counts from when it was applied for: nobody gains or loses by who decides when.
    ...paused(
      ctx,
      incident,
      {
        kind: pause,
        clocks: heldBy(pause, incident, ctx),
        until: toIso(fromIso(until)),
        by: request.by,
        approvedBy: [...request.agreed, ...(ctx.subject.id === request.by ? [] : [ctx.subject.id])],
        centreId: request.centreId,
        ...(kind === undefined ? {} : { reason: kind }),
      },
      fromIso(request.at),
    ),
  });
}

/**
 * What the lead is granted holds for those who work with it, except for one whose own time is up
 * (nothing is extended once overdue) or whose own time, whatever binds it, lasts longer anyhow.
 */
function extendedForAll(
  incident: Incident,
  ctx: Context,
  untilMs: number,
): ReturnType<typeof extended> {
  const assists = openAssistClocks(incident).filter((name) => {
    const clock = incident.clocks[name];
    if (clock === undefined || clock.redAt !== undefined) return false;
    return fromIso(ownDueOf(clock, ctx)) < untilMs;
  });
  const names = ['handle' as const, ...assists];
  return together(...names.map((name) => extended(ctx, incident, name, untilMs)));
}

function decided(act: Act, data: DataOf<'handling.extension-decided'>): NewEvent {
  return act === 'extension'
    ? { type: 'handling.extension-decided', data }
    : { type: 'handling.suspension-decided', data };
}

function notHandled(): RuleViolation {
  return new RuleViolation('NOT_RECEIVED', '请先签收 / receive it first');
}
