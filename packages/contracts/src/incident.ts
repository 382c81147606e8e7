import { ClockBook, ClockName, Pause } from '@cityloop/calendar';
import { z } from 'zod';
import { Request } from './approvals.ts';
import { stages } from './custody.ts';
import { Channel, Demand } from './demand.ts';
import { Actor } from './people.ts';
import { Code, cleanText, IncidentId, Instant } from './text.ts';
import { Turn } from './turns.ts';

/** Where an incident stands inside the stage that holds it. */
export const statuses = [
  'reported', // 待受理
  'fact-checking', // 核实中
  'merging', // 并案中
  'to-dispatch', // 待派遣
  'to-rule', // 退单待裁
  'assigned', // 已派遣待签收
  'handling', // 处置中
  'suspended', // 挂账
  'finished', // 待部门确认
  'to-check', // 待核查
  'to-close', // 待结案
  'closed', // 已结案
  'declined', // 不予受理 / 不予立案
  'answered', // 当场答复
  'merged', // 已并案
  'self-handled', // 自行处置
  'cancelled', // 作废
  'withdrawn', // 已撤回
  'archived', // 已归档
] as const;
export const Status = z.enum(statuses);
export type Status = z.infer<typeof Status>;

export const Location = z.object({
  /** WGS-84 degrees, converted once where it came in. */
  lon: z.number().optional(),
  lat: z.number().optional(),
  /** As it was given, when that was another coordinate system. */
  given: z.object({ lon: z.number(), lat: z.number(), crs: z.string() }).optional(),
  address: cleanText(300).optional(),
  gridCode: Code.optional(),
});
export type Location = z.infer<typeof Location>;

/** Whose ground it is: area codes, and the grid worker responsible at that time. */
export const Ground = z.object({
  subdistrict: z.string().optional(),
  committee: z.string().optional(),
  grid: z.string().optional(),
  gridWorkerId: z.string().optional(),
  /** On a boundary: all subdistricts that hold the point, until the district decides. */
  disputed: z.array(z.string()).optional(),
});
export type Ground = z.infer<typeof Ground>;

/** Whom a complaint is about: it is neither visible nor assignable to them (回避). */
export const Against = z
  .strictObject({ centreId: Code.optional(), unitId: Code.optional() })
  .refine((a) => a.centreId !== undefined || a.unitId !== undefined, {
    message: '请指明被投诉的中心或单位 / name a centre or a unit',
  })
  .meta({
    description:
      '被投诉的中心或单位应回避 / neither sees nor handles it; about the district itself: take it to the city',
  });

export const Evidence = z.object({
  id: z.string(),
  kind: z.enum(['report', 'before', 'after', 'fact-check', 'check', 'other']),
  by: z.string(),
  at: Instant,
});
export type Evidence = z.infer<typeof Evidence>;

export const Assist = z.object({
  unitId: z.string(),
  task: z.string().optional(),
  receivedAt: Instant.optional(),
  finishedAt: Instant.optional(),
  /** A part finished late; the clock a rework restarts does not make up for it. */
  everLate: z.literal(true).optional(),
});

/** The present assignment: one lead unit, its crew, what it asked for and what it did. */
export const Assignment = z.object({
  unitId: z.string(),
  centreId: z.string(),
  at: Instant,
  by: z.string(),
  /** Which routing row, or which unit as it returned the case, suggested this one. */
  suggestedBy: z.string().optional(),
  assists: z.array(Assist).optional(),
  /** A ruling named this unit: it cannot return it again. */
  final: z.literal(true).optional(),
  receivedAt: Instant.optional(),
  receivedBy: z.string().optional(),
  crew: z.array(z.string()).optional(),
  contactedAt: Instant.optional(),
  contactedLate: z.literal(true).optional(),
  finish: z
    .object({
      at: Instant,
      by: z.string(),
      result: z.enum(['resolved', 'explained']),
      answer: z.string().optional(),
    })
    .optional(),
});
export type Assignment = z.infer<typeof Assignment>;

export const Return = z.object({
  at: Instant,
  by: z.string(),
  unitId: z.string(),
  reasonCode: z.string(),
  suggestedUnitId: z.string().optional(),
  /** Who had dispatched it: they may not rule on it alone from the second return on. */
  dispatchedBy: z.string(),
});

export const Supervision = z.object({
  id: z.string(),
  kind: z.enum(['overdue', 'leader', 'important']),
  requirement: z.string(),
  dueAt: Instant,
  at: Instant,
  by: z.string(),
  centreId: z.string().optional(),
  repliedAt: Instant.optional(),
  withdrawnAt: Instant.optional(),
  /** Of the ladder: the clock that ran out, in which epoch, and the rung. */
  clock: ClockName.optional(),
  epoch: z.number().int().optional(),
  rung: z.string().optional(),
});
export type Supervision = z.infer<typeof Supervision>;

export const Check = z.object({
  at: Instant,
  by: z.string(),
  outcome: z.enum(['pass', 'fail', 'unable']),
  round: z.number().int(),
});

export const Outcome = z.enum([
  'closed',
  'declined',
  'answered',
  'merged',
  'self-handled',
  'cancelled',
  'withdrawn',
]);

const shape = z.object({
  id: IncidentId,
  number: z.string(),
  version: z.number().int().positive(),
  /** The last version that was more than a mark: what `If-Match` is held against. */
  actVersion: z.number().int().positive(),
  status: Status,
  custodian: z.enum(stages),
  reportedAt: Instant,
  recordedAt: Instant,
  /** Born by an import and not live yet: its clocks run on `occurredAt`, marks notify nobody. */
  imported: z.literal(true).optional(),
  policyRevision: z.number().int(),

  channel: Channel,
  externalNumber: z.string().optional(),
  discoveredBy: Actor,
  urgency: z.enum(['normal', 'urgent']),
  description: z.string(),
  location: Location,
  ground: Ground,
  kind: z.enum(['component', 'event', 'hotline']).optional(),
  categoryCode: z.string().optional(),
  standardId: z.string().optional(),
  /** Filed before its standard row was known (先派后补). */
  standardPending: z.literal(true).optional(),
  /** How 受理 ended, once its clock runs on for the missing row (补立案). */
  accepted: z.object({ at: Instant, verdict: z.enum(['on-time', 'late']) }).optional(),
  follows: IncidentId.optional(),
  selfHandled: z.literal(true).optional(),
  against: Against.optional(),

  /** The centre that filed it (谁立案谁结案); before filing, the centre it came to. */
  ownerCentreId: z.string(),
  /** The centre that has it in hand now, and its level. */
  centreId: z.string(),
  level: z.enum(['district', 'subdistrict']),

  demands: z.array(Demand),
  evidence: z.array(Evidence),
  assignment: Assignment.optional(),
  /** Everybody who handled it, with their units and employers: none of them may check it. */
  handlers: z.array(z.string()),
  handlingUnits: z.array(z.string()),
  lastReturn: Return.optional(),
  /** Whose time the standing handling clock is, while a return or recall keeps it from the unit. */
  clockUnitId: z.string().optional(),
  /** Why the unit before lost it by a recall, until the next one has it. */
  lostBecause: z.string().optional(),
  requests: z.array(Request),
  supervisions: z.array(Supervision),
  checks: z.array(Check),
  factCheck: z
    .object({
      askedOf: z.string().optional(),
      at: Instant,
      by: z.string(),
      outcome: z.enum(['true', 'not-true', 'not-found']).optional(),
    })
    .optional(),
  counters: z.object({
    returns: z.number().int(),
    reworks: z.number().int(),
    reopens: z.number().int(),
    extensions: z.number().int(),
    urges: z.number().int(),
    assignments: z.number().int(),
    levelMoves: z.number().int(),
    unableChecks: z.number().int(),
    /** 重复来电: demands of callers who had one here already. */
    repeatCalls: z.number().int(),
  }),

  clocks: ClockBook,
  /** A confirmation came late; the clock a rework restarts does not make up for it. */
  everLate: z.literal(true).optional(),
  pauses: z.array(Pause),
  /** Whose turn it was since when, in the present round; builds before 2026-11 kept none. */
  turns: z.array(Turn).readonly().optional(),

  mergingInto: IncidentId.optional(),
  /** Asked to be let go by the one it was merged into. */
  unmerging: z.literal(true).optional(),
  absorbed: z.array(IncidentId).optional(),
  closing: z
    .object({
      at: Instant,
      by: z.string(),
      forced: z.literal(true).optional(),
      onTime: z.boolean(),
      resolved: z.boolean(),
    })
    .optional(),
  outcome: Outcome.optional(),
  endedAt: Instant.optional(),
  archiveDueAt: Instant.optional(),
  archivedAt: Instant.optional(),
  /** Keys of recent commands, so that a repeat is recognised after the hand-over too. */
  keys: z.array(z.object({ key: z.string(), version: z.number().int() })),
});

/**
 * The incident as its custodian knows it, and, the same thing, the dossier (案卷) that a hand-over
 * carries: the next custodian needs nothing but this. Unknown members are kept, so that a newer build's
 * facts survive an older one.
 */
export type Incident = Readonly<z.infer<typeof shape>>;
export const Incident: z.ZodType<Incident> = z.looseObject(shape.shape);
