import type { BodyOf, Incident, IncidentCommand, NewEvent } from '@cityloop/contracts';
import { type Context, earliestUpstream, hasWords, said, started } from '@cityloop/incident';
import { RuleViolation } from '@cityloop/kernel';

/**
 * 解除并案: begins by asking the holder of the other one to let the callers go, so that nobody waits in
 * two incidents at once. Archive keeps the incident until that is answered.
 */
export function unmerge(body: BodyOf<'unmerge'>, incident: Incident, ctx: Context): NewEvent {
  refuseUnmerging(incident);
  const { outcome, mergingInto: from } = incident;
  if (outcome !== 'merged' || from === undefined) {
    throw new RuleViolation('NOT_MERGED', '案件未并案 / it was not merged');
  }
  if (!hasWords(body.text)) {
    throw new RuleViolation('OPINION_MISSING', '解除并案须写明原因 / say why it is un-merged');
  }
  return { type: 'archive.unmerge-started', data: { ...said(ctx, incident, { body }), from } };
}

export function refuseUnmerging({ unmerging }: Incident): void {
  if (unmerging !== true) return;
  throw new RuleViolation('INCIDENT_UNMERGING', '正在解除并案 / it is being un-merged');
}

/**
 * How that ended. Let go, it is reported once more, with clocks of its own (and what upstream waits
 * for): what was merged was never filed. Where the other one is archived nothing of it can change any more and nothing of it can come
 * back: it keeps its history, and this one goes its own way all the same.
 */
export function concludeUnmerge(
  { from, released, code = 'REFUSED' }: Conclusion,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  if (incident.unmerging !== true || incident.mergingInto !== from) return [];
  const { by } = said(ctx, incident, { body: {} });
  if (!released && code !== 'ARCHIVED') {
    return [{ type: 'archive.unmerge-abandoned', data: { by, from, code } }];
  }
  const whole = { ...ctx.policy.endToEnd(incident), bound: earliestUpstream(incident.demands) };
  const clocks = {
    ...started(ctx, incident, 'end-to-end', whole),
    ...started(ctx, incident, 'accept', ctx.policy.clock('accept')),
  };
  return [{ type: 'archive.unmerged', data: { by, from, clocks } }];
}

type Conclusion = Extract<IncidentCommand, { verb: 'conclude-unmerge' }>['body'];
