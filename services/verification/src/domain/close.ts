import {
  type Actor,
  type BodyOf,
  type Incident,
  type NewEvent,
  systemSubject,
} from '@cityloop/contracts';
import { actorOf, allStopped, type Context, refuseStandardPending, said } from '@cityloop/incident';
import { fromIso, RuleViolation } from '@cityloop/kernel';

/** How many vain call-backs count as an answer tried. */
const ATTEMPTS_ENOUGH = 3;

/** 结案 against the row's closing condition; 强制结案 is never on time and never resolved. */
export function close(body: BodyOf<'close'>, incident: Incident, ctx: Context): NewEvent {
  const { subject } = ctx;
  const supervisor = subject.roles.includes('shift-supervisor');
  refuseStandardPending(incident);
  if (body.forced === true) {
    refuseUnlessForcer(ctx);
    if (body.text === undefined) {
      throw new RuleViolation('OPINION_MISSING', '强制结案须写明意见 / say why it is forced');
    }
    return closed(incident, ctx, said(ctx, incident, { body }), true);
  }
  if (subject.centreId !== incident.ownerCentreId && !subject.roles.includes('system')) {
    throw new RuleViolation(
      'FILING_CENTRE_CLOSES',
      '谁立案谁结案 / the centre that filed it closes',
      {
        centreId: incident.ownerCentreId,
      },
    );
  }
  const stuck = incident.counters.unableChecks >= 2 && supervisor;
  if (incident.status !== 'to-close' && !stuck) {
    throw new RuleViolation('NOT_CHECKED', '尚未核查通过 / it has not passed a check');
  }
  const waiting = unanswered(incident);
  if (waiting.length > 0) {
    throw new RuleViolation(
      'DEMANDS_UNANSWERED',
      '有诉求尚未答复回访 / somebody waits for an answer',
      {
        demandIds: waiting,
      },
    );
  }
  return closed(incident, ctx, said(ctx, incident, { body }), false);
}

function refuseUnlessForcer(ctx: Context): void {
  const { subject, policy } = ctx;
  const approval = policy.approval('forced-close');
  const last = approval?.steps.at(-1) ?? 'shift-supervisor';
  const placed = approval?.level !== 'district' || subject.centreId === policy.districtCentre.id;
  if (subject.roles.includes(last) && placed) return;
  throw new RuleViolation('APPROVAL_NEEDED', '强制结案须经审批 / a forced closing needs approval', {
    roles: approval?.steps ?? [last],
    ...(approval?.level === undefined ? {} : { level: approval.level }),
  });
}

/** Closed by rule: the check passed, the evidence is there and nobody waits for an answer. */
export function closedByRule(incident: Incident, ctx: Context): readonly NewEvent[] {
  if (!ctx.policy.settings.closeByRule || incident.status !== 'to-close') return [];
  if (incident.standardPending === true) return [];
  if (unanswered(incident).length > 0 || incident.requests.length > 0) return [];
  const row = standardOf(incident, ctx);
  const shown = incident.evidence.some((e) => e.kind === 'after');
  if (row?.evidence === true && !shown) return [];
  return [closed(incident, ctx, { by: actorOf(systemSubject) }, false)];
}

/**
 * Demands that want an answer and have neither one by word of mouth nor enough vain attempts, as the
 * work stands now: what a caller said before a rework was about something else.
 */
function unanswered(incident: Incident): string[] {
  const sinceMs = fromIso(incident.assignment?.finish?.at ?? incident.reportedAt);
  return incident.demands
    .filter((d) => d.wantsReply)
    .filter((d) => {
      const calls = (d.callBacks ?? []).filter((c) => fromIso(c.at) >= sinceMs);
      return !calls.some((c) => c.reached) && calls.length < ATTEMPTS_ENOUGH;
    })
    .map((d) => d.id);
}

function standardOf(incident: Incident, ctx: Context) {
  const { standardId } = incident;
  return standardId === undefined ? undefined : ctx.policy.standard(standardId)?.standard;
}

function closed(
  incident: Incident,
  ctx: Context,
  who: { readonly by: Actor },
  forced: boolean,
): NewEvent {
  const row = standardOf(incident, ctx);
  const denied = incident.demands.some((d) => d.callBacks?.at(-1)?.resolved === false);
  const onTime = incident.clocks.handle?.verdict === 'on-time' && incident.everLate !== true;
  const resolved = incident.assignment?.finish?.result === 'resolved' && !denied;
  return {
    type: 'verification.closed',
    data: {
      ...who,
      ...(forced ? { forced: true as const } : {}),
      onTime: !forced && onTime,
      resolved: !forced && resolved,
      ...(row === undefined ? {} : { closing: row.closing }),
      ...(row?.regulator === undefined ? {} : { supervisedBy: row.regulator }),
      ...(row?.responsible === undefined ? {} : { responsible: row.responsible }),
      ...(incident.assignment === undefined ? {} : { unitId: incident.assignment.unitId }),
      clocks: allStopped(ctx, incident),
    },
  };
}
