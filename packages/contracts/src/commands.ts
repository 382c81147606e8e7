import { ClockName } from '@cityloop/calendar';
import { z } from 'zod';
import { GrantedPause } from './approvals.ts';
import type { Stage } from './custody.ts';
import { Channel, Demand, Satisfaction } from './demand.ts';
import { Against } from './incident.ts';
import { Code, cleanText, IncidentId, Instant } from './text.ts';

/** What every body may carry. */
const common = {
  text: cleanText(4_000).optional(),
  attachments: z.array(z.string().min(1).max(64)).max(20).optional(),
  occurredAt: Instant.optional(),
};
const body = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject({ ...shape, ...common });

const reasonCode = Code.meta({ description: 'A code of the pack’s list for this act.' });

export const GivenLocation = z
  .strictObject({
    lon: z.number().min(-180).max(180).optional(),
    lat: z.number().min(-90).max(90).optional(),
    crs: z.enum(['WGS84', 'CGCS2000', 'GCJ02', 'BD09']).optional(),
    address: cleanText(300).optional(),
    gridCode: Code.optional(),
  })
  .refine((l) => (l.lon === undefined) === (l.lat === undefined), {
    message: '经度和纬度须同时给出 / lon and lat come together',
  })
  .refine((l) => l.lon === undefined || l.crs !== undefined, {
    message: '坐标须注明坐标系 crs / a point needs its crs',
  })
  .refine((l) => l.lon !== undefined || l.address !== undefined || l.gridCode !== undefined, {
    message: '位置至少要有坐标、地址、网格编码之一 / give a point, an address or a grid code',
  });
export type GivenLocation = z.infer<typeof GivenLocation>;

export const Reporter = z.strictObject({
  name: cleanText(64).optional(),
  phone: z
    .string()
    .regex(/^[0-9+\-() ]{5,24}$/)
    .optional(),
  anonymous: z.boolean().optional(),
  confidential: z.boolean().optional(),
  wantsReply: z.boolean().optional(),
});
export type Reporter = z.infer<typeof Reporter>;

/** `POST /incidents` */
export const ReportBody = body({
  channel: Channel,
  description: cleanText(4_000).min(1),
  location: GivenLocation,
  categoryCode: Code.optional(),
  urgency: z.enum(['normal', 'urgent']).optional(),
  externalNumber: cleanText(64).min(1).optional(),
  upstreamDueAt: Instant.optional(),
  reporter: Reporter.optional(),
  selfHandled: z.boolean().optional(),
  against: Against.optional(),
  follows: IncidentId.optional(),
});
export type ReportBody = z.infer<typeof ReportBody>;

const until = Instant.meta({ description: 'Until when; ISO 8601 with offset.' });
const assists = z
  .array(z.strictObject({ unitId: Code, task: cleanText(500).optional() }))
  .max(10)
  .optional();
const assistsAgain = z.array(Code).max(10).optional().meta({
  description: '须一并返工的协办单位 / assisting units that have to do their part again',
});
const decision = z.enum(['grant', 'refuse']);

/** The body of every command, `POST /incidents/{id}/{verb}`. */
export const commandBodies = {
  'request-fact-check': body({ personId: Code.optional() }),
  'report-fact-check': body({ outcome: z.enum(['true', 'not-true', 'not-found']) }),
  merge: body({ into: IncidentId }),
  file: body({
    categoryCode: Code,
    standardId: Code.optional(),
    pending: z.boolean().optional(),
  }),
  decline: body({ reasonCode }),
  'decide-decline': body({ decision }),
  'decide-self-handled': body({ decision }),
  answer: body({ answer: cleanText(4_000).min(1) }),
  transfer: body({ centreId: Code }),

  assign: body({ unitId: Code, assists }),
  'pass-down': body({ centreId: Code.optional() }),
  escalate: body({ centreId: Code.optional(), kind: Code }),
  'take-up': body({ centreId: Code.optional() }),
  'rule-return': body({
    ruling: z.enum(['reassign', 'send-back']),
    unitId: Code.optional(),
    fault: Code.optional(),
    assists,
  }),
  cancel: body({ reasonCode }),
  'decide-cancel': body({ decision }),

  receive: body({}),
  'assign-crew': body({ personIds: z.array(Code).min(1).max(20) }),
  contact: body({ result: z.enum(['reached', 'not-reached']) }),
  return: body({ reasonCode, suggestedUnitId: Code.optional(), basis: cleanText(500).optional() }),
  recall: body({ reasonCode }),
  'request-extension': body({ until, reasonCode: Code.optional() }),
  'decide-extension': body({ decision }),
  'request-suspension': body({ until, kind: Code, pause: GrantedPause.optional() }),
  'decide-suspension': body({ decision }),
  'decide-late-return': body({ decision }),
  resume: body({}),
  finish: body({
    result: z.enum(['resolved', 'explained']),
    answer: cleanText(4_000).optional(),
    satisfaction: Satisfaction.optional().meta({
      description: '处置单位了解到的满意度 / what the unit was told; the call-back asks anew',
    }),
  }),
  confirm: body({}),
  'send-back': body({}),

  check: body({
    outcome: z.enum(['pass', 'fail', 'unable']),
    cause: Code.optional(),
    assists: assistsAgain,
  }),
  'call-back': body({
    demandId: z.string().max(64).optional(),
    reached: z.boolean(),
    resolved: z.boolean().optional(),
    satisfaction: Satisfaction.optional(),
    reasonCode: Code.optional(),
  }),
  'order-rework': body({ cause: Code, assists: assistsAgain }),
  close: body({ forced: z.boolean().optional() }),
  'decide-close': body({ decision }),
  'decide-forced-close': body({ decision }),

  reopen: body({ reasonCode }),
  archive: body({}),
  unmerge: body({}),

  note: body({}),
  supplement: body({
    channel: Channel,
    externalNumber: cleanText(64).min(1).optional(),
    upstreamDueAt: Instant.optional(),
    reporter: Reporter.optional(),
  }),
  amend: body({
    categoryCode: Code.optional(),
    standardId: Code.optional(),
    location: GivenLocation.optional(),
    urgency: z.enum(['normal', 'urgent']).optional(),
    reasonCode,
  }),
  urge: body({ demandId: z.string().max(64).optional() }),
  supervise: body({
    kind: z.enum(['overdue', 'leader', 'important']),
    requirement: cleanText(1_000).min(1),
    dueAt: Instant,
  }),
  'reply-supervision': body({ supervisionId: z.string().max(64) }),
  'withdraw-supervision': body({ supervisionId: z.string().max(64) }),
  'withdraw-request': body({ requestId: z.string().max(64) }),
  'revoke-pause': body({ pauseId: z.string().max(64) }),
  withdraw: body({ demandId: z.string().max(64).optional(), reasonCode: reasonCode.optional() }),
  'go-live': body({}),
  reveal: body({ purpose: cleanText(500).min(2) }),
} as const;

export type Verb = keyof typeof commandBodies;
export type BodyOf<V extends Verb> = z.infer<(typeof commandBodies)[V]>;
export const verbs = Object.keys(commandBodies) as readonly Verb[];

/** What another service asks of the holder, in the name of `system`; never open to people. */
export const askBodies = {
  /** `imported`: an import tells of it, it is no act of now. */
  absorb: z.strictObject({
    from: IncidentId,
    demands: z.array(Demand),
    imported: z.literal(true).optional(),
  }),
  /** Intake's own: how the ask to absorb ended. */
  'conclude-merge': z.strictObject({
    into: IncidentId,
    absorbed: z.boolean(),
    code: z.string().optional(),
  }),
  release: z.strictObject({
    from: IncidentId,
    demandIds: z.array(z.string()),
    imported: z.literal(true).optional(),
  }),
  /** Archive's own: how the ask to release ended. */
  'conclude-unmerge': z.strictObject({
    from: IncidentId,
    released: z.boolean(),
    code: z.string().optional(),
  }),
} as const;
export type AskVerb = keyof typeof askBodies;

/** Verbs that go to whoever holds the incident; every other belongs to one service. */
export const followCustody = [
  'note',
  'supplement',
  'amend',
  'urge',
  'supervise',
  'reply-supervision',
  'withdraw-supervision',
  'withdraw-request',
  'revoke-pause',
  'withdraw',
  'go-live',
  'reveal',
] as const satisfies readonly Verb[];
export type CommonVerb = (typeof followCustody)[number];

const owners: Readonly<Record<Exclude<Verb, CommonVerb>, Stage>> = {
  'request-fact-check': 'intake',
  'report-fact-check': 'intake',
  merge: 'intake',
  file: 'intake',
  decline: 'intake',
  'decide-decline': 'intake',
  'decide-self-handled': 'intake',
  answer: 'intake',
  transfer: 'intake',
  assign: 'dispatch',
  'pass-down': 'dispatch',
  escalate: 'dispatch',
  'take-up': 'dispatch',
  'rule-return': 'dispatch',
  cancel: 'dispatch',
  'decide-cancel': 'dispatch',
  receive: 'handling',
  'assign-crew': 'handling',
  contact: 'handling',
  return: 'handling',
  recall: 'handling',
  'request-extension': 'handling',
  'decide-extension': 'handling',
  'request-suspension': 'handling',
  'decide-suspension': 'handling',
  'decide-late-return': 'handling',
  resume: 'handling',
  finish: 'handling',
  confirm: 'handling',
  'send-back': 'handling',
  check: 'verification',
  'call-back': 'verification',
  'order-rework': 'verification',
  close: 'verification',
  'decide-close': 'verification',
  'decide-forced-close': 'verification',
  reopen: 'archive',
  archive: 'archive',
  unmerge: 'archive',
};

/** The service a verb belongs to; undefined for verbs that follow custody. */
export function ownerOf(verb: Verb): Stage | undefined {
  return (owners as Readonly<Partial<Record<Verb, Stage>>>)[verb];
}

/** Who is behind a demand, by the vault's token and pseudonym: no sender's to say. */
export type Caller = { readonly token: string; readonly pseudonym?: string | undefined };

/** From which rung of a ladder a 督办 comes, by whose centre, and when it was asked: no person's to say. */
export const FromLadder = z.strictObject({
  clock: ClockName,
  epoch: z.int().positive(),
  rung: z.string().min(1).max(80),
  centreId: Code,
  at: Instant,
});
export type FromLadder = Readonly<z.infer<typeof FromLadder>>;

/** What a command says: its body as it was sent, and what the loop itself adds to it. */
export type SaidIn<V extends Verb> = BodyOf<V> & AddedTo<V>;
type AddedTo<V extends Verb> = V extends 'supplement'
  ? { readonly caller?: Caller | undefined }
  : V extends 'supervise'
    ? { readonly ladder?: FromLadder | undefined }
    : unknown;

/** A command on its way into the stage engine. */
export type IncidentCommand =
  | { [V in Verb]: { readonly verb: V; readonly body: SaidIn<V> } }[Verb]
  | {
      [V in AskVerb]: { readonly verb: V; readonly body: z.infer<(typeof askBodies)[V]> };
    }[AskVerb];
