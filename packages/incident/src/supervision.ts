import type { ClockBook } from '@cityloop/calendar';
import type {
  Incident,
  IncidentCommand,
  NewEvent,
  SaidIn,
  Stage,
  Supervision,
} from '@cityloop/contracts';
import { fromIso, RuleViolation, toIso } from '@cityloop/kernel';
import type { Context } from './context.ts';
import { named } from './everywhere-event.ts';
import { said } from './said.ts';

/**
 * 督办: by a person, or by the ladder of a clock that ran out. The ladder's is void when that clock has
 * stopped or was set anew meanwhile, and is one however often it is asked.
 */
export function supervised(
  stage: Stage,
  body: SaidIn<'supervise'>,
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  const { ladder, kind, requirement } = body;
  if (ladder !== undefined && wasGiven(ladder, incident.supervisions)) return [];
  if (ladder !== undefined) refuseVoid(ladder, incident.clocks);
  const { subject } = ctx;
  const centreId = ladder?.centreId ?? subject.centreId;
  const supervision: Supervision = {
    id: ctx.newId(),
    kind,
    requirement,
    dueAt: replyDue(body, ctx.nowMs),
    at: toIso(ctx.nowMs),
    by: subject.id,
    ...(centreId === undefined ? {} : { centreId }),
    ...(ladder === undefined
      ? {}
      : { clock: ladder.clock, epoch: ladder.epoch, rung: ladder.rung }),
  };
  return [named(stage, 'supervised', { ...said(ctx, incident, { body }), supervision })];
}

type Ladder = NonNullable<SaidIn<'supervise'>['ladder']>;

function wasGiven({ clock, epoch, rung }: Ladder, supervisions: Incident['supervisions']): boolean {
  return supervisions.some((s) => s.clock === clock && s.epoch === epoch && s.rung === rung);
}

function refuseVoid({ clock, epoch }: Ladder, clocks: ClockBook): void {
  const now = clocks[clock];
  if (now !== undefined && now.epoch === epoch && now.stoppedAt === undefined) return;
  throw new RuleViolation(
    'SUPERVISION_VOID',
    '该时钟已停止或重新计时，督办作废 / the clock has stopped or was set anew',
    { clock, epoch },
  );
}

/** An ask of the ladder that was long on its way leaves as much time for the reply as it meant to. */
function replyDue({ dueAt, ladder }: SaidIn<'supervise'>, nowMs: number): string {
  const dueMs = fromIso(dueAt);
  if (ladder !== undefined) return toIso(dueMs + Math.max(0, nowMs - fromIso(ladder.at)));
  if (dueMs > nowMs) return dueAt;
  throw new RuleViolation('SUPERVISION_DUE_PAST', '督办期限须在将来 / dueAt must be ahead');
}

/** Its reply, or its withdrawal. */
export function supervisionEnds(
  stage: Stage,
  command: Extract<IncidentCommand, { verb: 'reply-supervision' | 'withdraw-supervision' }>,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const { supervisionId } = command.body;
  const open = incident.supervisions.find((s) => s.id === supervisionId);
  if (open === undefined) {
    throw new RuleViolation(
      'SUPERVISION_UNKNOWN',
      '没有这件督办，见案件的 supervisions / no such supervision, see supervisions of the incident',
      { supervisionId },
    );
  }
  if (open.withdrawnAt !== undefined || open.repliedAt !== undefined) {
    throw new RuleViolation('SUPERVISION_ENDED', '督办已回复或撤销 / it is replied or withdrawn', {
      supervisionId,
    });
  }
  const name =
    command.verb === 'reply-supervision' ? 'supervision-replied' : 'supervision-withdrawn';
  return named(stage, name, { ...said(ctx, incident, command), supervisionId });
}
