import {
  type ClockBook,
  type ClockName,
  rebindClock,
  restartWithRemaining,
} from '@cityloop/calendar';
import { type BodyOf, type Incident, type NewEvent, systemSubject } from '@cityloop/contracts';
import {
  actorOf,
  assistClock,
  assistOf,
  bringsEvidence,
  type Context,
  evolve,
  leastOf,
  reasonOf,
  reserved,
  said,
  started,
  stopped,
  together,
} from '@cityloop/incident';
import { RuleViolation, toIso } from '@cityloop/kernel';
import type { StageRules } from '@cityloop/stage';
import { callBack } from './call-back.ts';
import { close, closedByRule, decideClose, waitingClock } from './close.ts';

/** 任务核查: is it done, do the callers agree, and may it be closed. */
export const verificationRules: StageRules = {
  stage: 'verification',
  decide(command, incident, ctx) {
    switch (command.verb) {
      case 'check':
        return check(command.body, incident, ctx);
      case 'call-back': {
        const called = callBack(command.body, incident, ctx);
        return [called, ...closedByRule(evolve(incident, called, toIso(ctx.nowMs)), ctx)];
      }
      case 'order-rework':
        // A verifier's finding like a check; the filing centre's own people need not be strangers to it.
        if (ctx.subject.roles.includes('verifier')) refuseInvolved(incident, ctx);
        return [rework(command.body, said(ctx, incident, command), incident, ctx)];
      case 'close':
        return close(command.body, incident, ctx);
      case 'decide-close':
        return decideClose('close', command.body, incident, ctx);
      case 'decide-forced-close':
        return decideClose('forced-close', command.body, incident, ctx);
      default:
        throw new RuleViolation(
          'NOT_HERE',
          '核查环节没有此操作，请看案件在哪个环节 / verification has no such command, see the custodian of the incident',
          {
            verb: command.verb,
          },
        );
    }
  },
};

/** 核查 by somebody who had no hand in it. A fail orders the rework by rule, a pass may close it. */
function check(body: BodyOf<'check'>, incident: Incident, ctx: Context): readonly NewEvent[] {
  refuseInvolved(incident, ctx);
  if (incident.status !== 'to-check') {
    throw new RuleViolation('ALREADY_CHECKED', '已核查 / it is checked already');
  }
  if (incident.counters.unableChecks >= ctx.policy.settings.check.unableMost) {
    throw new RuleViolation(
      'SUPERVISOR_DECIDES',
      '多次无法核查，由值班长决定 / ask the supervisor',
    );
  }
  const cause = body.outcome === 'fail' ? causeOf(body.cause, ctx) : undefined;
  if (body.outcome !== 'pass' && !bringsEvidence(body)) {
    throw new RuleViolation(
      'EVIDENCE_MISSING',
      '未通过、无法核查须附照片或说明 / say or show why it did not pass',
    );
  }
  const at = toIso(ctx.nowMs);
  const checked = {
    type: 'verification.checked' as const,
    data: {
      ...said(ctx, incident, { body }, { kind: 'check' }),
      check: {
        at,
        by: ctx.subject.id,
        outcome: body.outcome,
        round: incident.counters.reworks + 1,
      },
      ...(cause === undefined ? {} : { cause }),
      clocks: body.outcome === 'unable' ? {} : stopped(ctx, incident, 'verify'),
    },
  };
  const after = evolve(incident, checked, at);
  if (cause !== undefined) {
    const order = { cause, assists: body.assists };
    return [checked, rework(order, { by: actorOf(systemSubject) }, after, ctx)];
  }
  const closing = closedByRule(after, ctx);
  if (closing.length > 0 || body.outcome !== 'pass') return [checked, ...closing];
  const { data } = checked;
  const clocks = { ...data.clocks, ...waitingClock(after, ctx) };
  return [{ ...checked, data: { ...data, clocks } }];
}

function causeOf(cause: string | undefined, ctx: Context): string {
  if (cause === undefined) {
    throw new RuleViolation('CAUSE_MISSING', '核查不通过须说明原因 / a fail needs its cause');
  }
  return reasonOf(ctx.policy, 'rework', cause).code;
}

/** A checker belongs neither to the handling unit nor to its contractor, and did not handle it. */
function refuseInvolved(incident: Incident, ctx: Context): void {
  const { subject } = ctx;
  const involved =
    incident.handlers.includes(subject.id) ||
    (subject.unitId !== undefined && incident.handlingUnits.includes(subject.unitId)) ||
    (subject.employer !== undefined && contractors(incident, ctx).includes(subject.employer));
  if (!involved) return;
  throw new RuleViolation('CHECKER_INVOLVED', '处置方不能核查本方案件 / who handled may not check');
}

/** Whose people did the work: those of the crew, as they came, and those who hold the contract. */
function contractors({ handlingUnits }: Incident, ctx: Context): readonly (string | undefined)[] {
  return [...handlingUnits, ...handlingUnits.map((id) => ctx.policy.unit(id)?.employer)];
}

/**
 * 返工: back to the same unit, which goes on with what it had left, at least the pack's minimum; so does
 * each assisting unit whose part is named, the others are done with it.
 */
function rework(
  { cause, assists = [] }: Pick<BodyOf<'order-rework'>, 'cause' | 'assists'>,
  who: ReturnType<typeof said>,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const again = [...new Set(assists)];
  for (const unitId of again) {
    if (assistOf(incident, unitId) !== undefined) continue;
    throw new RuleViolation('NOT_ASSISTING', '该单位未协办本案 / this unit has not assisted', {
      unitId,
    });
  }
  const names = ['handle' as const, ...again.map(assistClock)];
  const whole = incident.clocks['end-to-end'];
  const plan = ctx.policy.clock('rework');
  const bound = reserved(whole, incident.demands, plan, ctx);
  const begun = started(ctx, incident, 'rework', { ...plan, bound });
  const ended = stopped(ctx, incident, 'verify', 'call-back');
  return {
    type: 'verification.rework-ordered',
    data: {
      ...who,
      cause: reasonOf(ctx.policy, 'rework', cause).code,
      round: incident.counters.reworks + 1,
      ...(again.length === 0 ? {} : { assists: again }),
      clocks: together(ended, begun, ...names.map((name) => restarted(name, incident, ctx))),
    },
  };
}

function restarted(name: ClockName, incident: Incident, ctx: Context): ClockBook {
  const clock = incident.clocks[name];
  if (clock?.stoppedAt === undefined) return {};
  const minimum = leastOf(clock.limit, ctx.policy.settings.rework.minimumShare);
  const calendar = ctx.policy.calendar(clock.calendar);
  const least = minimum === undefined ? {} : { minimum };
  const again = restartWithRemaining(clock, { atMs: ctx.nowMs, calendar, ...least });
  const own = { limit: clock.limit, calendarId: clock.calendar };
  // What has passed upstream meanwhile binds no more: the rework gets its minimum all the same.
  const bound = reserved(incident.clocks['end-to-end'], incident.demands, own, ctx);
  return { [name]: rebindClock(again, bound, calendar) };
}
