import type { BodyOf, Incident, IncidentCommand, NewEvent } from '@cityloop/contracts';
import {
  allStopped,
  applyFor,
  bringsEvidence,
  type Context,
  decideOn,
  heldBy,
  openPause,
  paused,
  reasonOf,
  refuseConcernedCentre,
  refusedFor,
  type Said,
  said,
  started,
  stopped,
  unpaused,
} from '@cityloop/incident';
import { RuleViolation } from '@cityloop/kernel';
import type { StageRules } from '@cityloop/stage';
import { file, selfHandled } from './file.ts';

/** 统一受理 and 发现上报: what may be done with an incident while intake holds it. */
export const intakeRules: StageRules = {
  stage: 'intake',
  decide(command, incident, ctx) {
    if (command.verb === 'conclude-merge') return concludeMerge(command.body, incident, ctx);
    if (incident.status === 'merging') {
      throw new RuleViolation('INCIDENT_MERGING', '案件正在并案 / it is being merged');
    }
    return decide(command, incident, ctx);
  },
  asks(event, incident) {
    if (event.type !== 'intake.merge-started') return [];
    const { into } = event.data;
    const { id: from, demands, imported } = incident;
    const body = { from, demands, ...(imported === undefined ? {} : { imported }) };
    return [{ incidentId: into, verb: 'absorb', body }];
  },
};

function decide(command: IncidentCommand, incident: Incident, ctx: Context): readonly NewEvent[] {
  switch (command.verb) {
    case 'request-fact-check':
      return [requestFactCheck(command.body, incident, ctx)];
    case 'report-fact-check':
      return [reportFactCheck(command.body, incident, ctx)];
    case 'merge':
      return [merge(command.body, incident, ctx)];
    case 'file':
      refuseWhileChecking(incident);
      return file(command.body, incident, ctx);
    case 'decline':
      refuseWhileChecking(incident);
      return decline(command.body, incident, ctx);
    case 'decide-decline':
      return decideOn('decline', command.body, incident, ctx, (request, who) =>
        declined(who, request.reasonCode ?? '', incident, ctx),
      );
    case 'decide-self-handled':
      return decideOn('self-handled', command.body, incident, ctx, (request, who) =>
        selfHandled(who, request, incident, ctx),
      );
    case 'answer':
      refuseWhileChecking(incident);
      return [
        {
          type: 'intake.answered',
          data: {
            ...said(ctx, incident, command),
            answer: command.body.answer,
            clocks: allStopped(ctx, incident),
          },
        },
      ];
    case 'transfer':
      return [transfer(command.body, incident, ctx)];
    default:
      throw new RuleViolation(
        'NOT_HERE',
        '受理环节没有此操作，请看案件在哪个环节 / intake has no such command, see the custodian of the incident',
        {
          verb: command.verb,
        },
      );
  }
}

function refuseWhileChecking(incident: Incident): void {
  if (incident.status !== 'fact-checking') return;
  throw new RuleViolation('FACT_CHECK_OPEN', '核实尚未反馈 / the fact check is still out');
}

/** 核实 to a grid worker of that grid; the accept clock stands still meanwhile. */
function requestFactCheck(
  body: BodyOf<'request-fact-check'>,
  incident: Incident,
  ctx: Context,
): NewEvent {
  refuseWhileChecking(incident);
  const askedOf = body.personId ?? incident.ground.gridWorkerId;
  if (askedOf !== undefined) refuseUnlessOfGrid(askedOf, incident, ctx);
  return {
    type: 'intake.fact-check-requested',
    data: {
      ...said(ctx, incident, { body }),
      ...(askedOf === undefined ? {} : { askedOf }),
      ...checking(incident, ctx),
    },
  };
}

function checking(incident: Incident, ctx: Context) {
  const { clocks, pauses } = paused(ctx, incident, {
    kind: 'fact-check',
    clocks: heldBy('fact-check', incident, ctx),
    by: ctx.subject.id,
  });
  const begun = started(ctx, incident, 'verify', ctx.policy.clock('fact-check'));
  return { clocks: { ...clocks, ...begun }, pauses };
}

function refuseUnlessOfGrid(personId: string, incident: Incident, ctx: Context): void {
  const person = ctx.policy.person(personId);
  const { ground } = incident;
  const codes = [ground.grid, ground.committee, ground.subdistrict];
  const areas = person?.grids ?? (person === undefined ? [] : [person.area]);
  const covers = areas.some((area) => codes.some((code) => code?.startsWith(area) ?? false));
  if (person?.roles.includes('grid-worker') && (covers || codes.every((c) => c === undefined))) {
    return;
  }
  throw new RuleViolation(
    'NOT_THE_GRIDS',
    '此人不是该网格的网格员 / not a grid worker of that grid',
    {
      personId,
    },
  );
}

function reportFactCheck(
  body: BodyOf<'report-fact-check'>,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const pause = openPause(incident, 'fact-check');
  if (incident.status !== 'fact-checking' || pause === undefined) {
    throw new RuleViolation('NO_FACT_CHECK', '没有待反馈的核实 / no fact check is out');
  }
  const { askedOf } = incident.factCheck ?? {};
  const supervisor = ctx.subject.roles.includes('shift-supervisor');
  if (askedOf !== undefined && askedOf !== ctx.subject.id && !supervisor) {
    throw new RuleViolation(
      'FACT_CHECK_OF_ANOTHER',
      '核实任务派给了他人 / it was asked of another',
      {
        askedOf,
      },
    );
  }
  if (!bringsEvidence(body)) {
    throw new RuleViolation(
      'EVIDENCE_MISSING',
      '核实结果须附照片或说明 / say or show what was found',
    );
  }
  const { clocks, pauses } = unpaused(ctx, incident, pause.id);
  return {
    type: 'intake.fact-check-reported',
    data: {
      ...said(ctx, incident, { body }, { kind: 'fact-check' }),
      outcome: body.outcome,
      clocks: { ...clocks, ...stopped(ctx, incident, 'verify') },
      pauses,
    },
  };
}

function merge(body: BodyOf<'merge'>, incident: Incident, ctx: Context): NewEvent {
  refuseWhileChecking(incident);
  if (body.into === incident.id) {
    throw new RuleViolation('MERGE_INTO_ITSELF', '不能并入自身 / it cannot be merged into itself');
  }
  return {
    type: 'intake.merge-started',
    data: { ...said(ctx, incident, { body }), into: body.into },
  };
}

function concludeMerge(
  body: Extract<IncidentCommand, { verb: 'conclude-merge' }>['body'],
  incident: Incident,
  ctx: Context,
): readonly NewEvent[] {
  if (incident.status !== 'merging' || incident.mergingInto !== body.into) return [];
  const { by } = said(ctx, incident, { body: {} });
  if (!body.absorbed) {
    const code = body.code ?? 'REFUSED';
    return [{ type: 'intake.merge-abandoned', data: { by, into: body.into, code } }];
  }
  return [
    { type: 'intake.merged', data: { by, into: body.into, clocks: allStopped(ctx, incident) } },
  ];
}

/** 不予受理 or 不予立案, by its reason, once everybody has agreed whom the pack names. */
function decline(body: BodyOf<'decline'>, incident: Incident, ctx: Context): readonly NewEvent[] {
  const { code: reasonCode } = reasonOf(ctx.policy, 'decline', body.reasonCode);
  return applyFor('decline', { body, asked: { reasonCode } }, incident, ctx, (who) =>
    declined(who, reasonCode, incident, ctx),
  );
}

function declined(
  who: Pick<Said, 'by'>,
  reasonCode: string,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const { kind = 'not-accepted' } = reasonOf(ctx.policy, 'decline', reasonCode);
  const refused = refusedFor(ctx.policy, 'decline', reasonCode);
  const clocks = allStopped(ctx, incident);
  return { type: 'intake.declined', data: { ...who, ...refused, kind, clocks } };
}

function transfer(body: BodyOf<'transfer'>, incident: Incident, ctx: Context): NewEvent {
  refuseWhileChecking(incident);
  const centre = ctx.policy.centre(body.centreId);
  if (centre === undefined) {
    throw new RuleViolation(
      'CENTRE_UNKNOWN',
      '没有这个中心，见 GET /api/v1/district / no such centre, see GET /api/v1/district',
      {
        centreId: body.centreId,
      },
    );
  }
  if (centre.id === incident.centreId) {
    throw new RuleViolation(
      'CENTRE_SAME',
      '案件已在该中心，请指定另一个中心 / it is at that centre already: name another one',
    );
  }
  refuseConcernedCentre(incident, centre.id);
  return {
    type: 'intake.transferred',
    data: {
      ...said(ctx, incident, { body }),
      fromCentreId: incident.centreId,
      toCentreId: centre.id,
      level: centre.level,
    },
  };
}
