import { ClockName } from '@cityloop/calendar';
import { z } from 'zod';
import { applications } from './application-facts.ts';
import { type HandOverType, type Stage, stages } from './custody.ts';
import { CallBack, Demand, Satisfaction } from './demand.ts';
import { fact, handOver } from './fact.ts';
import { Check, Ground, Incident, Location, Outcome, Supervision } from './incident.ts';
import { Validity } from './pack/reasons.ts';
import { IncidentId, Instant } from './text.ts';
import { Attribution } from './turns.ts';

const proposal = z.object({
  by: z.enum(['rule', 'returning-unit']),
  unitId: z.string(),
  ruleId: z.string().optional(),
});
const suggestion = z.object({ ruleId: z.string().optional(), reason: z.string() });

/** Why somebody refuses a case, and what that says of the case, by the pack of that day. */
const refused = { reasonCode: z.string(), validity: Validity.optional() };

/** Facts any custodian may record; `<stage>.` stands before each name. */
const everywhere = {
  noted: fact({}),
  /** `repeatOf`: the demand the same caller has here already (重复来电). */
  supplemented: fact({ demand: Demand, repeatOf: z.string().optional() }),
  amended: fact({
    reasonCode: z.string(),
    before: z.record(z.string(), z.unknown()),
    after: z.looseObject({
      categoryCode: z.string().optional(),
      standardId: z.string().optional(),
      kind: z.enum(['component', 'event', 'hotline']).optional(),
      location: Location.optional(),
      ground: Ground.optional(),
      urgency: z.enum(['normal', 'urgent']).optional(),
    }),
  }),
  urged: fact({ demandId: z.string().optional(), count: z.number().int() }),
  supervised: fact({ supervision: Supervision }),
  'supervision-replied': fact({ supervisionId: z.string() }),
  'supervision-withdrawn': fact({ supervisionId: z.string() }),
  absorbed: fact({ incidentId: IncidentId, demands: z.array(Demand) }),
  /** What was merged into it goes its own way again, with its callers. */
  released: fact({ incidentId: IncidentId, demandIds: z.array(z.string()) }),
  'application-withdrawn': fact({ requestId: z.string() }),
  /** A pause that should not have been granted is taken back; its clocks as if it had never been. */
  'pause-revoked': fact({ pauseId: z.string() }),
  /** A clock passed the share of its limit at which it warns (amber). Once a clock and epoch, before the red mark. */
  'clock-warned': fact({ clock: ClockName, dueAt: Instant, amberAt: Instant }),
  /** A clock passed 100 % of its limit. Appended once per clock and epoch, in due order. */
  'clock-overdue': fact({ clock: ClockName, dueAt: Instant }),
  /** An imported incident is watched from here on: `recordedAt` counts, alarms ring. */
  'went-live': fact({}),
  /** Policy changed: what the incident is held to was computed anew. */
  replanned: fact({ revision: z.number().int(), reason: z.string() }),
};

/** 诉求人撤回: one caller's demand is taken out, and the others go on. */
const demandWithdrawn = { demandId: z.string(), reasonCode: z.string().optional() };
/** The last one: the incident ends, and keeps whose demand it was. None where a release left none. */
const withdrawn = {
  'demand-withdrawn': fact(demandWithdrawn),
  withdrawn: handOver({ ...demandWithdrawn, demandId: z.string().optional() }),
};

/** What any custodian may record, as it is called behind the name of its stage. */
export type CommonFact = keyof typeof everywhere | keyof typeof withdrawn;

const intake = {
  ...applications('decline', 'self-handled'),
  /** `repeatOf`: the latest incident this caller has reported the same matter by (重复诉求). */
  reported: fact({
    incident: Incident,
    suggestion: suggestion.optional(),
    repeatOf: IncidentId.optional(),
  }),
  'fact-check-requested': fact({ askedOf: z.string().optional() }),
  'fact-check-reported': fact({ outcome: z.enum(['true', 'not-true', 'not-found']) }),
  'merge-started': fact({ into: IncidentId }),
  'merge-abandoned': fact({ into: IncidentId, code: z.string() }),
  merged: handOver({ into: IncidentId }),
  filed: handOver({
    categoryCode: z.string(),
    kind: z.enum(['component', 'event', 'hotline']),
    standardId: z.string().optional(),
    pending: z.literal(true).optional(),
    /** How 受理 ended, where its clock runs on for the missing row. */
    verdict: z.enum(['on-time', 'late']).optional(),
    suggestion: suggestion.optional(),
  }),
  declined: handOver({ ...refused, kind: z.string() }),
  answered: handOver({ answer: z.string() }),
  transferred: fact({
    fromCentreId: z.string(),
    toCentreId: z.string(),
    level: z.enum(['district', 'subdistrict']),
  }),
  'self-handled': handOver({ categoryCode: z.string(), standardId: z.string() }),
};

const dispatch = {
  ...applications('cancel'),
  assigned: handOver({
    unitId: z.string(),
    unitCentreId: z.string(),
    assists: z.array(z.object({ unitId: z.string(), task: z.string().optional() })).optional(),
    /** Whose suggestion was followed; `suggestion` says more of it when it was a routing row's. */
    suggestedBy: z.enum(['rule', 'returning-unit', 'none']),
    suggestion: suggestion.optional(),
    /** What else was suggested, and not followed. */
    overruled: z.array(proposal).optional(),
    /** By a ruling that ends the quarrel: this unit cannot return it again. */
    final: z.literal(true).optional(),
    /** Why the unit before lost it. */
    lostBecause: z.string().optional(),
  }),
  'passed-down': fact({
    fromCentreId: z.string(),
    toCentreId: z.string(),
    /** The district's ruling on a boundary: whose ground it is from here on. */
    ground: Ground.optional(),
  }),
  escalated: fact({ fromCentreId: z.string(), toCentreId: z.string(), kind: z.string() }),
  'taken-up': fact({ fromCentreId: z.string(), toCentreId: z.string() }),
  'return-ruled': fact({
    ruling: z.enum(['reassign', 'send-back']),
    unitId: z.string(),
    /** 派遣错误 / 推诿 / 信息不全 / 职责未明 */
    fault: z.string(),
    ruledAt: z.enum(['dispatcher', 'shift-supervisor', 'district']),
    returnsSoFar: z.number().int(),
  }),
  cancelled: handOver(refused),
};

const handling = {
  ...applications('extension', 'suspension', 'late-return'),
  received: fact({ unitId: z.string(), assist: z.literal(true).optional() }),
  'crew-assigned': fact({ personIds: z.array(z.string()) }),
  contacted: fact({
    result: z.enum(['reached', 'not-reached']),
    /** Reached later after the assignment than the pack’s limit of a first contact. */
    late: z.literal(true).optional(),
  }),
  returned: handOver({
    unitId: z.string(),
    ...refused,
    basis: z.string().optional(),
    suggestedUnitId: z.string().optional(),
    consentedBy: z.string().optional(),
  }),
  recalled: handOver({ unitId: z.string(), ...refused }),
  resumed: fact({ pauseId: z.string() }),
  finished: fact({
    unitId: z.string(),
    assist: z.literal(true).optional(),
    result: z.enum(['resolved', 'explained']),
    answer: z.string().optional(),
    satisfaction: Satisfaction.optional(),
  }),
  confirmed: handOver({ unitId: z.string(), result: z.enum(['resolved', 'explained']) }),
  'sent-back': fact({ unitId: z.string() }),
};

const verification = {
  ...applications('close', 'forced-close'),
  checked: fact({ check: Check, cause: z.string().optional() }),
  'called-back': fact({ demandId: z.string(), callBack: CallBack, attempt: z.number().int() }),
  'rework-ordered': handOver({
    cause: z.string(),
    round: z.number().int(),
    /** The assisting units whose part has to be done again too. */
    assists: z.array(z.string()).optional(),
  }),
  closed: handOver({
    forced: z.literal(true).optional(),
    onTime: z.boolean(),
    resolved: z.boolean(),
    closing: z.string().optional(),
    supervisedBy: z.string().optional(),
    responsible: z.string().optional(),
    unitId: z.string().optional(),
  }),
};

/** What an evaluation counts, computed once when archive takes the incident. */
export const EvaluationFacts = z.object({
  outcome: Outcome,
  onTime: z.boolean().optional(),
  resolved: z.boolean().optional(),
  forced: z.literal(true).optional(),
  unitId: z.string().optional(),
  ownerCentreId: z.string(),
  categoryCode: z.string().optional(),
  standardId: z.string().optional(),
  seconds: z.record(z.string(), z.number()),
  late: z.array(z.string()),
  returns: z.number().int(),
  reworks: z.number().int(),
  reopens: z.number().int(),
  extensions: z.number().int(),
  urges: z.number().int(),
  /** 督办 that were not withdrawn. */
  supervisions: z.number().int().optional(),
  repeatCalls: z.number().int(),
  satisfaction: z.array(z.string()),
  firstContact: z.enum(['in-time', 'late', 'none']).optional(),
  /** The time of this round, split by who had it when. */
  attribution: Attribution.optional(),
});
export type EvaluationFacts = z.infer<typeof EvaluationFacts>;

const archive = {
  evaluated: fact({ facts: EvaluationFacts, archiveDueAt: Instant }),
  reopened: handOver({ reasonCode: z.string() }),
  'unmerge-started': fact({ from: IncidentId }),
  'unmerge-abandoned': fact({ from: IncidentId, code: z.string() }),
  unmerged: handOver({ from: IncidentId }),
  archived: fact({ outcome: Outcome }),
};

type Prefixed<S extends string, T extends Readonly<Record<string, z.ZodType>>> = {
  [Name in keyof T & string as `${S}.${Name}`]: T[Name];
};

function prefixed<S extends string, T extends Readonly<Record<string, z.ZodType>>>(
  stage: S,
  facts: T,
): Prefixed<S, T> {
  const entries = Object.entries(facts).map(([name, schema]) => [`${stage}.${name}`, schema]);
  // The keys are made of the very names the type is made of.
  return Object.fromEntries(entries) as Prefixed<S, T>;
}

/** The data of every event type of the loop. A breaking change is a new type name. */
export const eventData = {
  ...prefixed('intake', { ...everywhere, ...withdrawn, ...intake }),
  ...prefixed('dispatch', { ...everywhere, ...withdrawn, ...dispatch }),
  ...prefixed('handling', { ...everywhere, ...withdrawn, ...handling }),
  ...prefixed('verification', { ...everywhere, ...withdrawn, ...verification }),
  ...prefixed('archive', { ...everywhere, ...archive }),
};
export type EventDataMap = { [T in keyof typeof eventData]: z.infer<(typeof eventData)[T]> };
export type EventType = keyof EventDataMap;
export type DataOf<T extends EventType> = EventDataMap[T];

/** A fact a rule has decided on, before the engine has stamped it. */
export type NewEvent = {
  [T in EventType]: { readonly type: T; readonly data: DataOf<T>; readonly occurredAt?: string };
}[EventType];

/** A fact as it is recorded: one line of the incident's history. */
export type IncidentEvent = {
  [T in EventType]: Stamp & { readonly type: T; readonly data: DataOf<T> };
}[EventType];

export type Stamp = {
  /** UUIDv7 of the event. */
  readonly id: string;
  readonly incidentId: string;
  /** 1, 2, 3 … without gaps within the incident. */
  readonly version: number;
  readonly custodian: Stage;
  /** When it happened, as told; shown, never counted. */
  readonly occurredAt: string;
  /** When the custodian recorded it, by its database's clock; never before the event before it. */
  readonly recordedAt: string;
  readonly traceparent?: string | undefined;
};

export const stampSchema = z.object({
  id: z.uuid(),
  incidentId: IncidentId,
  version: z.number().int().positive(),
  custodian: z.enum(stages),
  occurredAt: Instant,
  recordedAt: Instant,
  traceparent: z.string().optional(),
});

const known: ReadonlySet<string> = new Set(Object.keys(eventData));

export function isEventType(type: string): type is EventType {
  return known.has(type);
}

/** The types that carry a dossier, with the type of their data. */
export type HandOverEvent = Extract<
  IncidentEvent,
  { readonly type: Exclude<HandOverType, 'intake.reported'> }
>;
