import {
  type BodyOf,
  type Demand,
  type Incident,
  type IncidentCommand,
  type NewEvent,
  type SaidIn,
  type Stage,
  statuses,
} from '@cityloop/contracts';
import { RuleViolation, toIso } from '@cityloop/kernel';
import { amend } from './amend.ts';
import { actorOf, type Context } from './context.ts';
import { named } from './everywhere-event.ts';
import { goLive } from './live.ts';
import { revokePause } from './pauses.ts';
import { bringsEvidence, said } from './said.ts';
import { supervised, supervisionEnds } from './supervision.ts';
import { boundBy, refuseUpstreamDue, unboundBy } from './upstream.ts';
import { withdrawn } from './withdraw.ts';

const ended: ReadonlySet<Incident['status']> = new Set([
  'closed',
  'declined',
  'answered',
  'merged',
  'self-handled',
  'cancelled',
  'withdrawn',
  'archived',
]);

/** The statuses of incidents whose loop is not over. */
export const openStatuses: readonly Incident['status'][] = statuses.filter((s) => !ended.has(s));

/** Whether the incident's loop is over (archive may still reopen it). */
export function isEnded(incident: Incident): boolean {
  return ended.has(incident.status);
}

/** What only an incident takes whose loop goes on, and which is not on its way into another. */
const openOnly: ReadonlySet<string> = new Set([
  'supplement',
  'amend',
  'urge',
  'supervise',
  'withdraw-request',
  'revoke-pause',
  'withdraw',
  'absorb',
]);

/** Whether the incident, as it stands, refuses a command that any custodian takes otherwise. */
export function isBarred(verb: string, incident: Incident): boolean {
  return openOnly.has(verb) && (isEnded(incident) || incident.status === 'merging');
}

/**
 * The commands any custodian takes: 备注, 补充诉求, 更正, 催办, 督办 and its reply, 撤回, taking back an
 * application, 撤销暂停, absorbing a merged incident and letting it go.
 * Returns undefined for a verb that is not one of them.
 */
export function decideEverywhere(
  stage: Stage,
  command: IncidentCommand,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] | undefined {
  if (openOnly.has(command.verb)) {
    refuseEnded(incident);
    refuseMerging(incident);
  }
  switch (command.verb) {
    case 'note':
      if (!bringsEvidence(command.body)) {
        throw new RuleViolation('NOTE_EMPTY', '备注须有文字或附件 / a note needs words or a file');
      }
      return [named(stage, 'noted', said(ctx, incident, command))];
    case 'supplement':
      return [supplemented(stage, command.body, incident, ctx)];
    case 'amend':
      return amend(stage, command.body, incident, ctx);
    case 'urge':
      return [urged(stage, command.body, incident, ctx)];
    case 'supervise':
      return supervised(stage, command.body, incident, ctx);
    case 'reply-supervision':
    case 'withdraw-supervision':
      return [supervisionEnds(stage, command, incident, ctx)];
    case 'withdraw':
      return [withdrawn(stage, command.body, incident, ctx)];
    case 'go-live':
      refuseEnded(incident);
      return [goLive(stage, command, incident, ctx)];
    case 'withdraw-request':
      return [requestWithdrawn(stage, command.body, incident, ctx)];
    case 'revoke-pause':
      return [revokePause(stage, command.body, incident, ctx)];
    case 'absorb':
      return [absorbed(stage, command.body, incident, ctx)];
    case 'release':
      return released(stage, command.body, incident, ctx);
    default:
      return undefined;
  }
}

function refuseEnded(incident: Incident): void {
  if (!isEnded(incident)) return;
  throw new RuleViolation('INCIDENT_ENDED', '案件已办结 / the incident has ended', {
    status: incident.status,
  });
}

/** Its demands are on their way to another incident: what came now would be lost with it. */
function refuseMerging(incident: Incident): void {
  if (incident.status !== 'merging') return;
  throw new RuleViolation('INCIDENT_MERGING', '本案正在并入他案 / it is being merged itself', {
    into: incident.mergingInto,
  });
}

function supplemented(
  stage: Stage,
  body: SaidIn<'supplement'>,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const { caller } = body;
  refuseUpstreamDue(body, ctx.nowMs);
  const { max: most } = ctx.policy.settings.demands;
  if (incident.demands.length >= most) {
    throw new RuleViolation('TOO_MANY_DEMANDS', '诉求件数已达上限 / it takes no more demands', {
      most,
    });
  }
  const demand: Demand = {
    id: ctx.newId(),
    channel: body.channel,
    receivedAt: toIso(ctx.nowMs),
    wantsReply: body.reporter?.wantsReply ?? false,
    by: ctx.subject.id,
    ...(body.externalNumber === undefined ? {} : { externalNumber: body.externalNumber }),
    ...(body.upstreamDueAt === undefined ? {} : { upstreamDueAt: body.upstreamDueAt }),
    ...(caller === undefined ? {} : { caller: caller.token }),
    ...(caller?.pseudonym === undefined ? {} : { pseudonym: caller.pseudonym }),
    ...(body.reporter?.anonymous ? { anonymous: true } : {}),
    ...(body.reporter?.confidential ? { confidential: true } : {}),
  };
  return named(stage, 'supplemented', {
    ...said(ctx, incident, { body }),
    demand,
    ...repeatCall(demand, incident),
    ...boundBy([demand], incident, ctx),
  });
}

/** 重复来电: the latest demand of the same caller, who is known by pseudonym alone. */
function repeatCall({ pseudonym }: Demand, { demands }: Incident): { repeatOf?: string } {
  if (pseudonym === undefined) return {};
  const earlier = demands.findLast((d) => d.pseudonym === pseudonym);
  return earlier === undefined ? {} : { repeatOf: earlier.id };
}

function urged(stage: Stage, body: BodyOf<'urge'>, incident: Incident, ctx: Context): NewEvent {
  const { demandId } = body;
  if (demandId !== undefined && !incident.demands.some((d) => d.id === demandId)) {
    throw new RuleViolation(
      'DEMAND_UNKNOWN',
      '没有这件诉求，见案件的 demands / no such demand, see demands of the incident',
      { demandId },
    );
  }
  return named(stage, 'urged', {
    ...said(ctx, incident, { body }),
    count: incident.counters.urges + 1,
    ...(demandId === undefined ? {} : { demandId }),
  });
}

function absorbed(
  stage: Stage,
  body: Extract<IncidentCommand, { verb: 'absorb' }>['body'],
  incident: Incident,
  ctx: Context,
): NewEvent {
  return named(stage, 'absorbed', {
    by: actorOf(ctx.subject, ctx.role),
    incidentId: body.from,
    demands: body.demands,
    ...boundBy(body.demands, incident, ctx),
  });
}

/** An applicant takes their own application back while it is pending. */
function requestWithdrawn(
  stage: Stage,
  body: BodyOf<'withdraw-request'>,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const { requestId } = body;
  const request = incident.requests.find((r) => r.id === requestId);
  if (request === undefined) {
    throw new RuleViolation(
      'NO_APPLICATION',
      '没有这件待批的申请 / no such application is pending',
      {
        requestId,
      },
    );
  }
  if (request.by !== ctx.subject.id) {
    throw new RuleViolation(
      'NOT_YOUR_APPLICATION',
      '只能撤回本人的申请 / not one’s own application',
    );
  }
  return named(stage, 'application-withdrawn', { ...said(ctx, incident, { body }), requestId });
}

/**
 * Lets an incident go that was merged into this one, with its callers. One that is closed lets go too:
 * what was recorded stays, but a reopening must not call back who waits elsewhere. One that was merged
 * further on no longer has the callers: that merge has to be undone first, which archiving ends.
 */
function released(
  stage: Stage,
  body: Extract<IncidentCommand, { verb: 'release' }>['body'],
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  refuseMerging(incident);
  if (incident.status === 'archived') {
    throw new RuleViolation('ARCHIVED', '主案件已归档 / the incident is archived');
  }
  if (incident.outcome === 'merged') {
    throw new RuleViolation('MERGED_ON', '主案件已并入他案，请先解除该并案 / merged on itself', {
      into: incident.mergingInto,
    });
  }
  if (!(incident.absorbed?.includes(body.from) ?? false)) return [];
  const { from: incidentId, demandIds } = body;
  const clocks = unboundBy(demandIds, incident, ctx);
  return [
    named(stage, 'released', {
      by: actorOf(ctx.subject, ctx.role),
      incidentId,
      demandIds,
      ...clocks,
    }),
  ];
}
