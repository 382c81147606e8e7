import type { ClockBook } from '@cityloop/calendar';
import {
  type Actor,
  type BodyOf,
  type Incident,
  type NewEvent,
  systemSubject,
} from '@cityloop/contracts';
import {
  actorOf,
  allStopped,
  applyFor,
  type Context,
  callBacksNow,
  decideOn,
  hasWords,
  lastWord,
  needsApproval,
  refuseStandardPending,
  started,
} from '@cityloop/incident';
import { RuleViolation } from '@cityloop/kernel';

/**
 * 结案 against the row's closing condition; 强制结案 is never on time and never resolved. Either once
 * everybody has agreed whom the pack names.
 */
export function close(
  body: BodyOf<'close'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const forced = body.forced === true;
  const supervisor = ctx.subject.roles.includes('shift-supervisor');
  refuseStandardPending(incident);
  if (!forced) {
    refuseForeign(incident, ctx);
    refuseUnready(incident, supervisor, ctx);
  } else if (!hasWords(body.text)) {
    throw new RuleViolation('OPINION_MISSING', '强制结案须写明意见 / say why it is forced');
  }
  const act = forced ? 'forced-close' : 'close';
  return applyFor(act, { body, asked: {} }, incident, ctx, (who) =>
    closed(incident, ctx, who, forced),
  );
}

/** A step of the chain for a closing; what has to be so at the application has to be so at the end. */
export function decideClose(
  act: 'close' | 'forced-close',
  body: BodyOf<'decide-close'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  return decideOn(act, body, incident, ctx, (_, who) => {
    refuseStandardPending(incident);
    if (act === 'close') refuseUnready(incident, true, ctx);
    return closed(incident, ctx, who, act === 'forced-close');
  });
}

function refuseForeign(incident: Incident, { subject }: Context): void {
  const { ownerCentreId: centreId } = incident;
  if (subject.centreId === centreId || subject.roles.includes('system')) return;
  throw new RuleViolation(
    'FILING_CENTRE_CLOSES',
    '谁立案谁结案 / the centre that filed it closes',
    { centreId },
  );
}

/** Checked, or never possible to check and a supervisor's to decide; nobody waits for an answer. */
function refuseUnready(incident: Incident, supervised: boolean, ctx: Context): void {
  const { unableMost } = ctx.policy.settings.check;
  const stuck = incident.counters.unableChecks >= unableMost && supervised;
  if (incident.status !== 'to-close' && !stuck) {
    throw new RuleViolation('NOT_CHECKED', '尚未核查通过 / it has not passed a check');
  }
  const waiting = unanswered(incident, ctx);
  if (waiting.length === 0) return;
  throw new RuleViolation(
    'DEMANDS_UNANSWERED',
    '有诉求尚未答复回访 / somebody waits for an answer',
    { demandIds: waiting },
  );
}

/**
 * Closed by rule: the check passed, the evidence is there, nobody waits for an answer and no caller says
 * it is not resolved; then somebody has to choose between closing and rework.
 */
export function closedByRule(incident: Incident, ctx: Context): readonly NewEvent[] {
  if (!ctx.policy.settings.closeByRule || incident.status !== 'to-close') return [];
  if (incident.standardPending === true || isDenied(incident)) return [];
  // A pending application to force it is void with that.
  if (unanswered(incident, ctx).length > 0 || needsApproval('close', incident, ctx)) return [];
  const row = standardOf(incident, ctx);
  const shown = incident.evidence.some((e) => e.kind === 'after');
  if (row?.evidence === true && !shown) return [];
  return [closed(incident, ctx, { by: actorOf(systemSubject) }, false)];
}

/**
 * Demands that want an answer and have neither one by word of mouth nor enough vain attempts, as the
 * work stands now.
 */
function unanswered(incident: Incident, { policy }: Context): string[] {
  const { attempts } = policy.settings.callBack;
  return incident.demands
    .filter((d) => d.wantsReply)
    .filter((d) => {
      const calls = callBacksNow(d, incident);
      return !calls.some((c) => c.reached) && calls.length < attempts;
    })
    .map((d) => d.id);
}

/** What runs while an incident waits to be closed: for 回访 while somebody waits for an answer, else for 结案. */
export function waitingClock(incident: Incident, ctx: Context): ClockBook {
  const waits = unanswered(incident, ctx).length > 0;
  return started(ctx, incident, 'call-back', ctx.policy.clock(waits ? 'call-back' : 'close'));
}

/** Whether the last word of a caller is that it is not resolved. */
function isDenied(incident: Incident): boolean {
  return incident.demands.some((d) => lastWord(d, incident)?.resolved === false);
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
  const onTime = incident.clocks.handle?.verdict === 'on-time' && incident.everLate !== true;
  const resolved = incident.assignment?.finish?.result === 'resolved' && !isDenied(incident);
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
