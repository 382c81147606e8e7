import type { ClockBook } from '@cityloop/calendar';
import type {
  Caller,
  Demand,
  Evidence,
  Ground,
  Incident,
  NewEvent,
  PackCentre,
  ReportBody,
} from '@cityloop/contracts';
import {
  actorOf,
  type Context,
  classify,
  earliestUpstream,
  evolve,
  place,
  refuseUpstreamDue,
  type Suggestion,
  started,
  type Timed,
} from '@cityloop/incident';
import { fromIso, toIso } from '@cityloop/kernel';
import { filedByRule } from './file.ts';

/** What had to be fetched before a report can be decided on. */
export type Prepared = {
  readonly id: string;
  readonly number: string;
  /** Born by an import: its clocks run on `occurredAt`. */
  readonly imported: boolean;
  /** The report's words with telephone and identity numbers masked. */
  readonly description: string;
  /** The vault's token and pseudonym for the caller. */
  readonly caller?: Caller | undefined;
  /** The latest incident the same caller reported the same matter by. */
  readonly repeatOf?: string | undefined;
};

/**
 * 统一受理 of one report: the incident with its demand and its first clocks; where a routing row says
 * so, filed by rule in the same breath.
 */
export function report(body: ReportBody, prepared: Prepared, now: Context): readonly NewEvent[] {
  const ctx = onOwnTime(body, prepared, now);
  const at = toIso(ctx.nowMs);
  refuseUpstreamDue(body, ctx.nowMs);
  const where = place(body.location, ctx.policy);
  const category =
    body.categoryCode === undefined
      ? undefined
      : classify(ctx.policy, body.categoryCode, undefined).category;
  const centre = receivingCentre(where.ground, body.against?.centreId, ctx);
  const urgency = body.urgency ?? (category?.urgent ? 'urgent' : 'normal');
  const facts = { ...body, urgency, kind: category?.kind };
  const suggestion = suggest(ctx, facts, where.ground, centre);
  const evidence = evidenceOf(body, ctx, at);
  const demands = [demandOf(body, prepared, ctx, at)];
  const incident: Incident = {
    id: prepared.id,
    number: prepared.number,
    version: 1,
    actVersion: 1,
    status: 'reported',
    custodian: 'intake',
    reportedAt: at,
    recordedAt: at,
    ...(prepared.imported ? { imported: true } : {}),
    policyRevision: ctx.policy.revision,
    channel: body.channel,
    ...(body.externalNumber === undefined ? {} : { externalNumber: body.externalNumber }),
    discoveredBy: actorOf(ctx.subject, ctx.role),
    urgency,
    description: prepared.description,
    ...where,
    ...(category === undefined ? {} : { kind: category.kind, categoryCode: category.code }),
    ...(body.follows === undefined ? {} : { follows: body.follows }),
    ...(body.selfHandled === true ? { selfHandled: true } : {}),
    ...(body.against === undefined ? {} : { against: body.against }),
    ownerCentreId: centre.id,
    centreId: centre.id,
    level: centre.level,
    demands,
    evidence,
    handlers: [],
    handlingUnits: [],
    requests: [],
    supervisions: [],
    checks: [],
    counters: noCounts,
    clocks: firstClocks(ctx, { ...facts, ...where, level: centre.level }, demands),
    pauses: [],
    turns: [{ from: at, by: centre.level, id: centre.id }],
    keys: [],
  };
  const reported: NewEvent = {
    type: 'intake.reported',
    data: {
      by: actorOf(ctx.subject, ctx.role),
      ...(body.text === undefined ? {} : { text: body.text }),
      incident,
      ...(prepared.repeatOf === undefined ? {} : { repeatOf: prepared.repeatOf }),
      ...(suggestion === undefined
        ? {}
        : { suggestion: { ruleId: suggestion.ruleId, reason: suggestion.reason } }),
    },
  };
  const filed = filedByRule(evolve(undefined, reported, at), suggestion, ctx);
  return filed === undefined ? [reported] : [reported, filed];
}

/** An import tells what was: its clocks begin when it happened, not when it was read in. */
function onOwnTime(body: ReportBody, { imported }: Prepared, now: Context): Context {
  if (!imported || body.occurredAt === undefined) return now;
  return { ...now, nowMs: fromIso(body.occurredAt) };
}

const noCounts: Incident['counters'] = {
  returns: 0,
  reworks: 0,
  reopens: 0,
  extensions: 0,
  urges: 0,
  assignments: 0,
  levelMoves: 0,
  unableChecks: 0,
  repeatCalls: 0,
};

/** A complaint about a subdistrict's centre goes to the district (回避), anything else to the front door. */
function receivingCentre(ground: Ground, accused: string | undefined, ctx: Context): PackCentre {
  const door = frontDoor(ground, ctx);
  return door.id === accused ? ctx.policy.districtCentre : door;
}

/** A centre's own people report at its own front door; everybody else at the district's. */
function frontDoor(ground: Ground, ctx: Context): PackCentre {
  const { subject, policy } = ctx;
  const own = subject.centreId === undefined ? undefined : policy.centre(subject.centreId);
  if (own !== undefined) return own;
  return subject.roles.includes('grid-worker') ? policy.centreOf(ground) : policy.districtCentre;
}

type Facts = Pick<ReportBody, 'channel' | 'categoryCode'> & {
  readonly urgency: Incident['urgency'];
  readonly kind: Incident['kind'];
};

function suggest(
  { policy, nowMs }: Context,
  facts: Facts,
  ground: Ground,
  centre: PackCentre,
): Suggestion | undefined {
  const responsible = policy.centreOf(ground);
  return policy.suggest(
    { ...facts, area: ground.grid ?? ground.committee ?? ground.subdistrict, level: centre.level },
    responsible.id,
    nowMs,
  );
}

function firstClocks(ctx: Context, facts: Facts & Timed, demands: readonly Demand[]): ClockBook {
  const plan = { ...ctx.policy.endToEnd(facts), bound: earliestUpstream(demands) };
  return {
    ...started(ctx, facts, 'end-to-end', plan),
    ...started(ctx, facts, 'accept', ctx.policy.clock('accept')),
  };
}

function evidenceOf(body: ReportBody, ctx: Context, at: string): Evidence[] {
  const ids = body.attachments ?? [];
  // Who has handled it on the spot shows it before and after; the last photo is the one after.
  return ids.map((id, n) => ({
    id,
    kind:
      body.selfHandled === true ? (n === ids.length - 1 && n > 0 ? 'after' : 'before') : 'report',
    by: ctx.subject.id,
    at,
  }));
}

function demandOf(body: ReportBody, prepared: Prepared, ctx: Context, at: string): Demand {
  const { reporter } = body;
  const { caller } = prepared;
  return {
    id: ctx.newId(),
    channel: body.channel,
    receivedAt: at,
    wantsReply: reporter?.wantsReply ?? false,
    by: ctx.subject.id,
    ...(body.externalNumber === undefined ? {} : { externalNumber: body.externalNumber }),
    ...(body.upstreamDueAt === undefined ? {} : { upstreamDueAt: body.upstreamDueAt }),
    ...(caller === undefined ? {} : { caller: caller.token }),
    ...(caller?.pseudonym === undefined ? {} : { pseudonym: caller.pseudonym }),
    ...(reporter?.anonymous === true ? { anonymous: true } : {}),
    ...(reporter?.confidential === true ? { confidential: true } : {}),
  };
}
