import {
  commandBodies,
  type Incident,
  type IncidentCommand,
  permissions,
  type Subject,
  type Verb,
} from '@cityloop/contracts';
import { commandsFor } from '@cityloop/incident';
import { fromIso, toIso } from '@cityloop/kernel';
import { everybody } from '../people.ts';
import type { Random } from '../random.ts';
import { MONTH } from './year.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type Wish = { readonly subject: Subject; readonly command: IncidentCommand };
type Around = {
  readonly random: Random;
  readonly nowMs: number;
  readonly others: readonly string[];
};
type Meant = readonly [verb: Verb, body: object];

const rows: Readonly<Record<string, readonly string[]>> = {
  'C01-02': ['C01-02.1', 'C01-02.2'],
  'E01-10': ['E01-10.1'],
  'E04-93': ['E04-93.1', 'E04-93.2'],
  'E05-02': ['E05-02.1'],
  'H01-01': ['H01-01.1'],
};
export const categories: readonly string[] = Object.keys(rows);

const units: Readonly<Record<string, readonly string[]>> = {
  '310110': ['roads', 'roads', 'greening', 'duty', 'gas'],
  '310110019': ['west-cleaning', 'west-cleaning', 'west-office', 'west-enforcement'],
  '310110012': ['east-cleaning', 'east-cleaning', 'east-office'],
};

/** How long it takes until the next is done about an incident in this state, minutes on average. */
export const meanMinutes: Readonly<Partial<Record<Incident['status'], number>>> = {
  reported: 9,
  'fact-checking': 160,
  'to-dispatch': 10,
  'to-rule': 120,
  assigned: 50,
  handling: 90,
  finished: 60,
  'to-check': 25,
  'to-close': 90,
  closed: 3 * 1_440,
};

/** Statuses in which people in the field act, who sleep at night. */
export const inTheField: ReadonlySet<string> = new Set([
  ...['fact-checking', 'assigned', 'handling', 'finished', 'to-rule', 'to-check'],
]);

/** What somebody does about an incident next; undefined when nobody does anything. */
export function wishFor(incident: Incident, around: Around): Wish | undefined {
  const meant = pending(incident, around) ?? meantFor(incident, around);
  if (meant === undefined) return undefined;
  const [verb, body] = meant;
  const subject = whoMay(verb, incident, around.random);
  if (subject === undefined) return undefined;
  const photo = verb === 'check' || verb === 'finish' || verb === 'report-fact-check';
  const attachments = photo ? { attachments: [`photo-${incident.version}`] } : {};
  const parsed = commandBodies[verb].parse({ ...body, ...attachments });
  // The body was parsed by the schema that stands under this very verb.
  return { subject, command: { verb, body: parsed } as IncidentCommand };
}

/** Somebody of the roles the command is for, whom the incident lets do it. */
function whoMay(verb: Verb, incident: Incident, random: Random): Subject | undefined {
  const able = ableTo(verb);
  const first = random.int(able.length);
  for (let n = 0; n < able.length; n++) {
    const subject = able[(first + n) % able.length];
    if (subject !== undefined && commandsFor(subject, incident).includes(verb)) return subject;
  }
  return undefined;
}

const known = new Map<Verb, readonly Subject[]>();

function ableTo(verb: Verb): readonly Subject[] {
  const found =
    known.get(verb) ?? everybody.filter((p) => p.roles.some((r) => permissions[verb].includes(r)));
  known.set(verb, found);
  return found;
}

/** Applications are decided before anything else is done. */
function pending({ requests }: Incident, { random }: Around): Meant | undefined {
  const [request] = requests;
  if (request === undefined) return undefined;
  return [`decide-${request.act}`, { decision: random.chance(0.8) ? 'grant' : 'refuse' }];
}

function meantFor(incident: Incident, around: Around): Meant | undefined {
  switch (incident.status) {
    case 'reported':
      return onReport(incident, around);
    case 'fact-checking':
      return ['report-fact-check', { outcome: around.random.chance(0.9) ? 'true' : 'not-found' }];
    case 'to-dispatch':
      return toDispatch(incident, around);
    case 'to-rule':
      return ruling(incident, around);
    case 'assigned':
      return whenAssigned(around);
    case 'handling':
      return whileHandling(incident, around);
    case 'finished':
      return around.random.chance(0.95) ? ['confirm', {}] : ['send-back', {}];
    case 'to-check':
      return atCheck(around);
    case 'to-close':
      return atClose(incident, around);
    case 'closed':
      return around.random.chance(0.05) ? ['reopen', { reasonCode: 'recurred' }] : undefined;
    default:
      return undefined;
  }
}

function onReport({ categoryCode, factCheck }: Incident, { random, others }: Around): Meant {
  const code = categoryCode ?? random.pick(categories);
  const drawn = random.next();
  if (drawn < 0.1 && factCheck === undefined) return ['request-fact-check', {}];
  if (drawn < 0.12) return ['decline', { reasonCode: 'condition-not-met' }];
  if (drawn < 0.15 && others.length > 0) return ['merge', { into: random.pick(others) }];
  if (drawn < 0.17) return ['file', { categoryCode: code, pending: true }];
  return ['file', { categoryCode: code, standardId: random.pick(rows[code] ?? ['none']) }];
}

function assignment({ centreId }: Incident, random: Random): object {
  const mine = units[centreId] ?? ['duty'];
  const assists = random.chance(0.12) ? { assists: [{ unitId: random.pick(mine) }] } : {};
  return { unitId: random.pick(mine), ...assists };
}

function toDispatch(incident: Incident, { random }: Around): Meant {
  const { level, counters, ground } = incident;
  const moves = counters.levelMoves < 2;
  if (level === 'district' && moves && ground.subdistrict !== undefined && random.chance(0.35)) {
    return ['pass-down', {}];
  }
  if (level === 'subdistrict' && moves && random.chance(0.06)) {
    return ['escalate', { kind: 'cross-department' }];
  }
  if (random.chance(0.01)) return ['cancel', { reasonCode: 'misreport' }];
  return ['assign', assignment(incident, random)];
}

function ruling(incident: Incident, { random }: Around): Meant {
  const fault = { fault: random.pick(['misdispatch', 'shirking']) };
  if (random.chance(0.5)) return ['rule-return', { ruling: 'send-back', ...fault }];
  const { unitId } = assignment(incident, random) as { unitId: string };
  return ['rule-return', { ruling: 'reassign', unitId, ...fault }];
}

function whenAssigned({ random }: Around): Meant {
  const drawn = random.next();
  if (drawn < 0.07) return ['return', { reasonCode: 'not-our-duty' }];
  return drawn < 0.09 ? ['recall', { reasonCode: 'wrong-unit' }] : ['receive', {}];
}

function whileHandling(incident: Incident, { random, nowMs }: Around): Meant {
  const { assignment: lead, clocks, demands } = incident;
  const drawn = random.next();
  if (lead?.contactedAt === undefined && demands.length > 0 && drawn < 0.3) {
    return ['contact', { result: 'reached' }];
  }
  if (lead?.assists?.some((one) => one.receivedAt === undefined)) return ['receive', {}];
  if (drawn < 0.36) return ['request-extension', { until: longer(clocks.handle?.dueAt, random) }];
  if (drawn < 0.41) return ['request-suspension', { until: putOff(nowMs, random), kind: 'funds' }];
  if (drawn < 0.44) return ['return', { reasonCode: 'information-missing' }];
  if (drawn < 0.46) {
    return [
      'amend',
      { reasonCode: 'category-wrong', categoryCode: 'C01-02', standardId: 'C01-02.2' },
    ];
  }
  if (drawn < 0.6) return ['note', { text: '正在处置' }];
  return ['finish', { result: random.chance(0.9) ? 'resolved' : 'explained', answer: '已处理' }];
}

const longer = (dueAt: string | undefined, random: Random): string =>
  toIso((dueAt === undefined ? 0 : fromIso(dueAt)) + (1 + random.int(4)) * HOUR_MS);

/** Over the holiday when it is near, for some days otherwise. */
function putOff(nowMs: number, random: Random): string {
  const near = MONTH.holidayOverMs - nowMs;
  if (near > DAY_MS && near < 9 * DAY_MS && random.chance(0.7)) return toIso(MONTH.holidayOverMs);
  return toIso(nowMs + (1 + random.int(6 * 24)) * HOUR_MS);
}

function atCheck({ random }: Around): Meant {
  const drawn = random.next();
  if (drawn < 0.1) return ['check', { outcome: 'fail', cause: 'not-enough' }];
  return ['check', { outcome: drawn < 0.13 ? 'unable' : 'pass' }];
}

function atClose({ demands }: Incident, { random }: Around): Meant {
  const waiting = demands.find((d) => d.callBacks === undefined || d.callBacks.length === 0);
  if (waiting === undefined) return ['close', {}];
  const well = { demandId: waiting.id, reached: true, resolved: true, satisfaction: 'fair' };
  if (random.chance(0.93)) return ['call-back', well];
  return ['order-rework', { cause: 'not-enough' }];
}
