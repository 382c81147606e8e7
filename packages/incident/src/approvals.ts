import {
  type ApprovalAct,
  type DataOf,
  type Incident,
  type NewEvent,
  type PackApproval,
  type Request,
  type Subject,
  stageOfAct,
} from '@cityloop/contracts';
import { RuleViolation, toIso } from '@cityloop/kernel';
import type { Context } from './context.ts';
import { isGranted } from './pauses.ts';
import { routeFacts } from './route-facts.ts';
import { type Said, said } from './said.ts';

/** What the last grant needs to carry the act out. */
type Asked = Pick<
  Request,
  | 'until'
  | 'kind'
  | 'pause'
  | 'reasonCode'
  | 'categoryCode'
  | 'standardId'
  | 'basis'
  | 'suggestedUnitId'
>;
type Body = Parameters<typeof said>[2]['body'];
type Decision = { readonly decision: 'grant' | 'refuse' };

/** Whether the pack wants anybody's agreement to the act on this incident as it stands. */
export function needsApproval(act: ApprovalAct, incident: Incident, ctx: Context): boolean {
  return chainOf(act, incident, ctx).steps.length > 0;
}

/** The chain for an act on an incident as it stands, or as it is being filed: under another category. */
function chainOf(
  act: ApprovalAct,
  incident: Incident,
  { policy }: Context,
  filedUnder?: string,
): PackApproval {
  const categoryCode = filedUnder ?? incident.categoryCode;
  const told = policy.category(categoryCode ?? '')?.kind;
  // Before filing the category tells the kind.
  const kind = filedUnder === undefined ? (incident.kind ?? told) : told;
  const facts = routeFacts({ ...incident, categoryCode });
  return policy.approval(act, { ...facts, kind, earlier: earlierOf(act, incident) });
}

function earlierOf(act: ApprovalAct, { counters, pauses }: Incident): number {
  if (act === 'extension') return counters.extensions;
  return act === 'suspension' ? pauses.filter(isGranted).length : 0;
}

/** 谁立案谁结案: a closing is agreed to where it was filed, anything else where it is in hand. */
function centreOf(act: ApprovalAct, chain: PackApproval, incident: Incident, ctx: Context): string {
  if (chain.level === 'district') return ctx.policy.districtCentre.id;
  const closing = act === 'close' || act === 'forced-close';
  return closing ? incident.ownerCentreId : incident.centreId;
}

/**
 * The application the caller has to make for an act, with the steps that are left for them: who stands
 * in the chain themselves needs the word of those above only. Without steps nobody need be asked.
 * Refuses a second one while the first is pending.
 */
export function application(
  act: ApprovalAct,
  asked: Asked,
  incident: Incident,
  ctx: Context,
): Request {
  if (incident.requests.some((r) => r.act === act)) {
    throw new RuleViolation('APPLICATION_PENDING', '已有待批的申请 / an application is pending');
  }
  const chain = chainOf(act, incident, ctx, asked.categoryCode);
  const centreId = centreOf(act, chain, incident, ctx);
  const own = chain.steps.findLastIndex((step) => standsAt(step, centreId, ctx.subject, incident));
  return {
    id: ctx.newId(),
    act,
    at: toIso(ctx.nowMs),
    by: ctx.subject.id,
    ...asked,
    centreId,
    steps: chain.steps.slice(own + 1),
    agreed: [],
  };
}

/** The event of an application: `dispatch.cancel-requested`. */
export function requested(
  request: Request,
  body: Body,
  incident: Incident,
  ctx: Context,
): NewEvent {
  const { act } = request;
  const data = { ...said(ctx, incident, { body }), request };
  // Every act has this fact at its stage, all of one schema.
  return { type: `${stageOfAct[act]}.${act}-requested`, data } as NewEvent;
}

/** Applies for an act, or does it `atOnce` where nobody need be asked. */
export function applyFor(
  act: ApprovalAct,
  { body, asked }: { readonly body: Body; readonly asked: Asked },
  incident: Incident,
  ctx: Context,
  atOnce: (who: Said) => NewEvent,
): readonly NewEvent[] {
  const request = application(act, asked, incident, ctx);
  if (request.steps.length > 0) return [requested(request, body, incident, ctx)];
  return [atOnce(said(ctx, incident, { body }))];
}

/** The pending application for an act, if it is the caller's turn to decide on it; refuses otherwise. */
export function applicationToDecide(act: ApprovalAct, incident: Incident, ctx: Context): Request {
  const request = incident.requests.find((r) => r.act === act);
  if (request === undefined) {
    throw new RuleViolation('NO_APPLICATION', '没有待批的申请 / no application is pending');
  }
  if (isOwn(request, ctx.subject)) {
    throw new RuleViolation('OWN_APPLICATION', '不能审批本人的申请 / not one’s own application');
  }
  if (mayDecide(request, ctx.subject, incident)) return request;
  throw new RuleViolation('NOT_YOUR_STEP', '尚未轮到您审批 / another role’s turn', {
    step: request.steps[0],
    centreId: request.centreId,
  });
}

/** Whether it is this person's turn: the role of the next step, at its centre or unit, not the applicant. */
export function mayDecide(request: Request, subject: Subject, incident: Incident): boolean {
  if (isOwn(request, subject)) return false;
  return standsAt(request.steps[0], request.centreId, subject, incident);
}

function isOwn(request: Request, { id }: Subject): boolean {
  return request.by === id || request.agreed.includes(id);
}

function standsAt(
  step: string | undefined,
  centreId: string,
  subject: Subject,
  incident: Incident,
): boolean {
  if (!subject.roles.some((role) => role === step)) return false;
  if (step !== 'unit-leader') return subject.centreId === centreId;
  return subject.unitId !== undefined && subject.unitId === incident.assignment?.unitId;
}

/** One step decided on, ready for the event; `final` unless more steps are to come. */
export function decidedStep(
  request: Request,
  body: Body & Decision,
  incident: Incident,
  ctx: Context,
): Said & Pick<DataOf<'dispatch.cancel-decided'>, 'requestId' | 'decision' | 'final'> {
  const { decision } = body;
  const role = ctx.subject.roles.find((r) => r === request.steps[0]);
  return {
    ...said(ctx, incident, { body }, { role }),
    requestId: request.id,
    decision,
    final: decision === 'refuse' || request.steps.length === 1,
  };
}

/**
 * One step of a chain: the role whose turn it is agrees or refuses, and the last who agrees has the
 * act carried out in the same breath, in their name.
 */
export function decideOn(
  act: ApprovalAct,
  body: Body & Decision,
  incident: Incident,
  ctx: Context,
  carryOut: (request: Request, who: Pick<Said, 'by'>) => NewEvent,
): readonly NewEvent[] {
  const request = applicationToDecide(act, incident, ctx);
  const data = decidedStep(request, body, incident, ctx);
  // Every act has this fact at its stage, all of one schema.
  const decided = { type: `${stageOfAct[act]}.${act}-decided`, data } as NewEvent;
  const granted = data.final && data.decision === 'grant';
  return granted ? [decided, carryOut(request, { by: data.by })] : [decided];
}

/**
 * The seats whose decision is awaited, one for each pending application: the role of its next step and
 * the centre or unit it is to be found at. Undefined when there are none that could be decided on now:
 * what handling asks for rests while the crew has finished or the incident is suspended.
 */
export function seatsAwaited({
  requests,
  assignment,
  status,
}: Incident): readonly string[] | undefined {
  const rests = status === 'finished' || status === 'suspended';
  const pending = requests.filter(({ act }) => !rests || stageOfAct[act] !== 'handling');
  if (pending.length === 0) return undefined;
  return pending.map(({ steps: [role = ''], centreId }) =>
    seatAt(role, role === 'unit-leader' ? assignment?.unitId : centreId),
  );
}

/** The seats somebody sits on, as `seatsAwaited` names them. */
export function seatsOf({ roles, centreId, unitId }: Subject): readonly string[] {
  return roles.map((role) => seatAt(role, role === 'unit-leader' ? unitId : centreId));
}

function seatAt(role: string, place: string | undefined): string {
  return `${role}@${place ?? ''}`;
}
