import {
  type Clock,
  type ClockBook,
  type ClockName,
  type Pause,
  type Stretch,
  strikePause,
  withoutAll,
} from '@cityloop/calendar';
import type { BodyOf, Incident, NewEvent, Stage } from '@cityloop/contracts';
import { Forbidden, RuleViolation, toIso } from '@cityloop/kernel';
import { openAssistClocks } from './assists.ts';
import type { Context } from './context.ts';
import { named } from './everywhere-event.ts';
import { hasWords, said } from './said.ts';

/** The pauses somebody applied for and somebody granted: 挂账, 等第三方, 恶劣天气. */
const granted: ReadonlySet<Pause['kind']> = new Set(['suspension', 'third-party', 'weather']);

export function isGranted({ kind }: Pick<Pause, 'kind'>): boolean {
  return granted.has(kind);
}

/** The granted pause an incident is in, if it is in one: there is never a second. */
export function openGranted({ pauses }: Pick<Incident, 'pauses'>): Pause | undefined {
  return pauses.find((p) => p.endedAt === undefined && isGranted(p));
}

/** The clocks that a pause of this kind holds up on this incident, by the pack. */
export function heldBy(kind: Pause['kind'], incident: Incident, { policy }: Context): ClockName[] {
  const assists = openAssistClocks(incident);
  return policy.pause(kind).clocks.flatMap((name) => (name === 'assist' ? assists : [name]));
}

/**
 * 撤销暂停: a pause that should not have been granted is struck from the ledger, where it stays to be seen.
 * Its clocks are computed as if it had never been: one may be red at once, and one that has stopped gets the
 * verdict it would have had, the former one beside it. By a shift supervisor of the centre that granted it,
 * or of the district.
 */
export function revokePause(
  stage: Stage,
  body: BodyOf<'revoke-pause'>,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const { pauseId } = body;
  const pause = incident.pauses.find((p) => p.id === pauseId);
  if (pause === undefined) {
    throw new RuleViolation(
      'PAUSE_UNKNOWN',
      '没有这次暂停，见案件的 pauses / no such pause, see pauses of the incident',
      { pauseId },
    );
  }
  if (!isGranted(pause)) {
    throw new RuleViolation('PAUSE_NOT_GRANTED', '此类暂停无须审批 / nobody granted this pause', {
      kind: pause.kind,
    });
  }
  if (pause.revokedAt !== undefined) {
    throw new RuleViolation('PAUSE_REVOKED', '该暂停已撤销 / it is revoked already', { pauseId });
  }
  if (!hasWords(body.text)) {
    throw new RuleViolation('OPINION_MISSING', '撤销暂停须写明原因 / say why it is revoked');
  }
  const { centreId } = ctx.subject;
  const { id: districtId } = ctx.policy.districtCentre;
  if (centreId !== districtId && centreId !== (pause.centreId ?? incident.centreId)) {
    throw new Forbidden(
      'PAUSE_OF_ANOTHER',
      '须由批准该暂停的中心或区中心撤销 / the centre that granted it revokes it, or the district',
    );
  }
  return named(stage, 'pause-revoked', {
    ...said(ctx, incident, { body }),
    pauseId,
    ...struck(ctx, incident, pause),
  });
}

/** The change that takes a pause back: the ledger says when and by whom, its clocks run as if without it. */
export function struck(
  ctx: Context,
  incident: Incident,
  pause: Pause,
): { readonly clocks: ClockBook; readonly pauses: Pause[] } {
  const now = toIso(ctx.nowMs);
  const others = incident.pauses.filter((p) => p.id !== pause.id && p.revokedAt === undefined);
  const whole = { from: pause.from, to: pause.endedAt ?? now };
  let clocks: ClockBook = {};
  for (const name of pause.clocks) {
    const clock = incident.clocks[name];
    if (clock === undefined) continue;
    const after = strikePause(clock, strikeOf(name, whole, others, now), calendarOf(clock, ctx));
    if (after !== clock) clocks = { ...clocks, [name]: after };
  }
  const revoked = { endedAt: whole.to, revokedAt: now, revokedBy: ctx.subject.id };
  const pauses = incident.pauses.map((p) => (p.id === pause.id ? { ...p, ...revoked } : p));
  return { clocks, pauses };
}

const calendarOf = (clock: Clock, { policy }: Context) => policy.calendar(clock.calendar);

function strikeOf(name: ClockName, whole: Stretch, others: readonly Pause[], now: string) {
  const also = others.filter((p) => p.clocks.includes(name));
  const spans = also.map(({ from, endedAt }) => ({ from, to: endedAt ?? now }));
  const open = also.filter((p) => p.endedAt === undefined).map((p) => p.from);
  return { taken: withoutAll(whole, spans), standsSince: open.sort()[0] };
}
