import {
  type BodyOf,
  type EvaluationFacts,
  type Incident,
  type NewEvent,
  systemSubject,
} from '@cityloop/contracts';
import { actorOf, type Context, reasonOf, said, started } from '@cityloop/incident';
import { fromIso, RuleViolation, toIso } from '@cityloop/kernel';
import type { StageRules } from '@cityloop/stage';
import { evaluate } from './evaluate.ts';
import { concludeUnmerge, refuseUnmerging, unmerge } from './unmerge.ts';

/** 评价归档: counts what happened, waits for objections, files away; until then it may be reopened. */
export const archiveRules: StageRules = {
  stage: 'archive',
  decide(command, incident, ctx) {
    if (command.verb === 'conclude-unmerge') return concludeUnmerge(command.body, incident, ctx);
    if (incident.status === 'archived') {
      throw new RuleViolation('ARCHIVED', '已归档，请作为新案件受理 / archived: report a new one', {
        follows: incident.id,
      });
    }
    switch (command.verb) {
      case 'unmerge':
        return [unmerge(command.body, incident, ctx)];
      case 'reopen':
        return [reopen(command, incident, ctx)];
      case 'archive':
        refuseUnmerging(incident);
        return [archived(incident, said(ctx, incident, command))];
      default:
        throw new RuleViolation(
          'NOT_HERE',
          '归档环节没有此操作，请看案件在哪个环节 / archive has no such command, see the custodian of the incident',
          {
            verb: command.verb,
          },
        );
    }
  },
  asks(event, incident) {
    if (event.type !== 'archive.unmerge-started') return [];
    const { id: from, imported } = incident;
    const demandIds = incident.demands.map((d) => d.id);
    const body = { from, demandIds, ...(imported === undefined ? {} : { imported }) };
    return [{ incidentId: event.data.from, verb: 'release', body }];
  },
  arrive(incident, ctx) {
    const facts: EvaluationFacts = evaluate(incident);
    const { limit } = ctx.policy.settings.archiveAfter;
    const calendar = ctx.policy.calendar(ctx.policy.districtCentre.calendar);
    const archiveDueAt = toIso(calendar.deadline(ctx.nowMs, limit).dueMs);
    const data = { by: actorOf(systemSubject), facts, archiveDueAt };
    return [{ type: 'archive.evaluated', data }];
  },
  due: {
    dueMs: ({ archiveDueAt, unmerging }) =>
      archiveDueAt === undefined || unmerging === true ? undefined : fromIso(archiveDueAt),
    events: (incident) => [
      {
        ...archived(incident, { by: actorOf(systemSubject) }),
        ...(incident.archiveDueAt === undefined ? {} : { occurredAt: incident.archiveDueAt }),
      },
    ],
  },
};

function archived(incident: Incident, who: ReturnType<typeof said>): NewEvent {
  return { type: 'archive.archived', data: { ...who, outcome: incident.outcome ?? 'closed' } };
}

/** 重办: a clock of its own; the time since the closing counts nowhere. */
function reopen(
  command: { readonly body: BodyOf<'reopen'> },
  incident: Incident,
  ctx: Context,
): NewEvent {
  if (incident.outcome === 'merged') {
    throw new RuleViolation(
      'MERGED',
      '已并案，请在主案件上处理 / go to the one it was merged into',
      {
        into: incident.mergingInto,
      },
    );
  }
  const { categoryCode } = incident;
  const filed = incident.clocks.dispatch !== undefined || incident.outcome === 'self-handled';
  if (categoryCode === undefined || !filed) {
    throw new RuleViolation(
      'NEVER_FILED',
      '未立案，不能重办 / it was never filed, report a new one',
    );
  }
  const plan = ctx.policy.endToEnd({ ...incident, categoryCode });
  return {
    type: 'archive.reopened',
    data: {
      ...said(ctx, incident, command),
      reasonCode: reopenReason(command.body.reasonCode, ctx),
      clocks: {
        ...started(ctx, incident, 'end-to-end', plan),
        ...started(ctx, incident, 'dispatch', ctx.policy.clock('dispatch')),
      },
    },
  };
}

/** People choose from the pack's list; what the loop itself reopens for (a repeated report) is its own. */
function reopenReason(code: string, ctx: Context): string {
  if (ctx.subject.roles.includes('system')) return code;
  return reasonOf(ctx.policy, 'reopen', code).code;
}
