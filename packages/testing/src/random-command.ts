import {
  approvalActs,
  commandBodies,
  type Incident,
  type IncidentCommand,
  ReportBody,
  type Subject,
  type Verb,
  verbs,
} from '@cityloop/contracts';
import { commandsFor } from '@cityloop/incident';
import { fromIso, toIso } from '@cityloop/kernel';
import { places } from './pack.ts';
import { everybody, people } from './people.ts';
import type { Random } from './random.ts';

const HOUR_MS = 3_600_000;
const categories = ['C01-02', 'E01-10', 'E04-93', 'E05-02', 'H01-01'];
const units = [
  ...['duty', 'roads', 'greening', 'gas', 'west-office', 'west-cleaning', 'west-enforcement'],
  ...['east-office', 'east-cleaning', 'nobody'],
];
const locations = [
  ...[places.west, places.east, places.grid, places.boundary],
  { address: '控江路 1 号' },
];
const centres = ['310110', '310110019', '310110012'];
const reporters = [people.clerk, people.seat, people.citizen, people.westGrid, people.westClerk];

export type Given = { readonly subject: Subject; readonly command: IncidentCommand };

type Surroundings = { readonly nowMs: number; readonly others: readonly string[] };

/** A body that fits the contract, sensible more often than not. */
function bodyFor(random: Random, verb: Verb, incident: Incident, around: Surroundings): object {
  const maybe = (share: number, body: object): object => (random.chance(share) ? body : {});
  const reason = (...codes: string[]) => ({
    reasonCode: random.pick([...codes, ...codes, 'mood']),
  });
  const until = (hours: number) =>
    toIso(around.nowMs + Math.round(random.next() * hours) * HOUR_MS);
  const photo = (share: number) =>
    maybe(share, { attachments: [`photo-${random.int(1_000_000)}`] });
  const assisting = () => maybe(0.4, { assists: [{ unitId: random.pick(units), task: '配合' }] });
  const assisted = incident.assignment?.assists?.map((assist) => assist.unitId) ?? [];
  const again = () => maybe(0.4, { assists: [random.pick([...assisted, random.pick(units)])] });
  const category = random.pick([incident.categoryCode ?? 'C01-02', random.pick(categories)]);
  const row = { categoryCode: category, standardId: `${category}.1` };
  const bodies: { readonly [V in Verb]?: () => object } = {
    'request-fact-check': () => maybe(0.3, { personId: random.pick(['west-grid', 'east-grid']) }),
    'report-fact-check': () => ({
      outcome: random.pick(['true', 'not-true', 'not-found']),
      ...photo(0.8),
    }),
    merge: () => ({ into: random.pick([...around.others, incident.id]) }),
    file: () => random.pick([row, row, row, { categoryCode: category, pending: true }]),
    ...decisions(random),
    decline: () => reason('out-of-district', 'condition-not-met'),
    answer: () => ({ answer: '已解释' }),
    transfer: () => ({ centreId: random.pick(centres) }),
    assign: () => ({ unitId: random.pick(units), ...assisting() }),
    'pass-down': () => maybe(0.5, { centreId: random.pick(centres) }),
    escalate: () => ({
      kind: random.pick(['not-our-area', 'cross-department', 'mood']),
      ...maybe(0.3, { centreId: random.pick(centres) }),
    }),
    'rule-return': () => ({
      ruling: random.pick(['reassign', 'reassign', 'send-back']),
      ...maybe(0.7, { unitId: random.pick(units) }),
      ...maybe(0.8, { fault: random.pick(['misdispatch', 'shirking', 'shirking', 'mood']) }),
      ...assisting(),
    }),
    cancel: () => reason('misreport'),
    'assign-crew': () => ({ personIds: [random.pick(everybody).id] }),
    contact: () => ({ result: random.pick(['reached', 'not-reached']) }),
    return: () => ({
      ...reason('not-our-duty'),
      ...maybe(0.3, { suggestedUnitId: random.pick(units) }),
    }),
    recall: () => reason('wrong-unit'),
    'request-extension': () => ({ until: until(40) }),
    'request-suspension': () => ({
      until: until(200),
      kind: random.pick(['funds', 'funds', 'mood']),
    }),
    finish: () => ({
      result: random.pick(['resolved', 'resolved', 'explained']),
      ...maybe(0.8, { answer: '已处理' }),
      ...maybe(0.3, { satisfaction: 'neutral' }),
      ...photo(0.8),
    }),
    check: () => ({
      outcome: random.pick(['pass', 'pass', 'fail', 'unable']),
      ...maybe(0.8, { cause: random.pick(['not-enough', 'false-feedback']) }),
      ...photo(0.8),
      ...again(),
    }),
    'call-back': () => ({
      ...maybe(0.5, someDemand(random, incident)),
      ...random.pick([
        { reached: true, resolved: true, satisfaction: 'fair' },
        { reached: true, resolved: false, satisfaction: 'fair', ...reason('result') },
        { reached: false },
      ]),
    }),
    'order-rework': () => ({
      cause: random.pick(['not-enough', 'not-enough', 'mood']),
      ...again(),
    }),
    close: () => maybe(0.3, { forced: true, text: '无法入户' }),
    unmerge: () => maybe(0.9, { text: '并非同一问题' }),
    'revoke-pause': () => ({ pauseId: random.pick(pausesOf(incident)) }),
    'withdraw-request': () => ({ requestId: random.pick(requestsOf(incident)) }),
    reopen: () => reason('recurred'),
    supplement: () => ({
      channel: 'hotline-12345',
      ...maybe(0.5, { reporter: { wantsReply: true } }),
      ...maybe(0.4, { upstreamDueAt: until(60) }),
    }),
    amend: () => ({
      ...reason('category-wrong'),
      ...random.pick([row, { urgency: 'urgent' }, { location: places.east }, {}]),
    }),
    urge: () => maybe(0.3, someDemand(random, incident)),
    withdraw: () => ({
      ...maybe(0.7, someDemand(random, incident)),
      ...maybe(0.3, reason('solved-itself')),
    }),
    supervise: () => ({ kind: 'leader', requirement: '尽快办结', dueAt: until(20) }),
    'reply-supervision': () => ({ supervisionId: incident.supervisions.at(-1)?.id ?? 'none' }),
    'withdraw-supervision': () => ({ supervisionId: incident.supervisions.at(-1)?.id ?? 'none' }),
    reveal: () => ({ purpose: '回访' }),
  };
  return bodies[verb]?.() ?? {};
}

const pausesOf = ({ pauses }: Incident): string[] => ['none', ...pauses.map((p) => p.id)];

const requestsOf = ({ requests }: Incident): string[] => ['none', ...requests.map((r) => r.id)];

/** Their last caller may have gone with a merge that was undone. */
const someDemand = (random: Random, { demands }: Incident): object =>
  demands.length === 0 ? {} : { demandId: random.pick(demands).id };

/** Decisions on applications, granted more often than not. */
function decisions(random: Random): { readonly [V in Verb]?: () => object } {
  const decide = () => ({ decision: random.pick(['grant', 'grant', 'refuse']) });
  return Object.fromEntries(approvalActs.map((act) => [`decide-${act}`, decide]));
}

/** What ends an incident for good is rarer than the rest, or no story would last. */
const seldom: ReadonlySet<Verb> = new Set(['withdraw', 'decline', 'answer', 'archive', 'cancel']);

/** Some command some person may give: mostly one that fits the incident, sometimes any at all. */
export function randomCommand(
  random: Random,
  incident: Incident,
  around: Surroundings,
  text?: string,
): Given {
  const fits = random.chance(0.85);
  const asked = random.chance(0.5) ? deciders(incident) : [];
  let subject = random.pick(asked.length > 0 ? asked : everybody);
  let fitting: readonly Verb[] = fits ? workOf(subject, incident) : verbs;
  for (let tries = 0; fits && fitting.length === 0 && tries < 60; tries++) {
    subject = random.pick(everybody);
    fitting = workOf(subject, incident);
  }
  let verb = random.pick(fitting.length > 0 ? fitting : verbs);
  if (seldom.has(verb) && random.chance(0.8)) verb = 'note';
  const words = text === undefined ? {} : { text };
  const parsed = commandBodies[verb].parse({
    ...bodyFor(random, verb, incident, around),
    ...words,
  });
  // What the vault adds on the way: few callers, so that some of them call again.
  const caller = { token: 'token', pseudonym: `caller-${random.int(2)}` };
  const body = verb === 'supplement' && random.chance(0.6) ? { ...parsed, caller } : parsed;
  // The body was parsed by the schema that stands under this very verb.
  return { subject, command: { verb, body } as IncidentCommand };
}

/** Whose turn it is on an application: few enough that chance would seldom ask them. */
function deciders(incident: Incident): readonly Subject[] {
  if (incident.requests.length === 0) return [];
  return everybody.filter((person) =>
    commandsFor(person, incident).some((verb) => verb.startsWith('decide-')),
  );
}

const talk: ReadonlySet<Verb> = new Set([
  'note',
  'supplement',
  'amend',
  'urge',
  'supervise',
  'reveal',
]);

/** Work on the incident rather than talk about it, while there is any. */
function workOf(subject: Subject, incident: Incident): readonly Verb[] {
  const offered = commandsFor(subject, incident);
  const work = offered.filter((verb) => !talk.has(verb) && verb !== 'withdraw');
  return work.length > 0 ? [...work, ...work, ...work, ...offered] : [];
}

/** Some report by some person; now and then an import of what was long ago. */
export function randomReport(
  random: Random,
  description = '随机案件',
): { readonly subject: Subject; readonly body: ReportBody } {
  const category = random.chance(0.8) ? { categoryCode: random.pick(categories) } : {};
  const imported = random.chance(0.1);
  const channel = random.pick(['hotline-12345', 'grid-worker', 'sensor', 'citizen-app']);
  const upstream = channel === 'hotline-12345' && random.chance(0.4);
  const upstreamDueAt = imported ? '2024-05-08T10:00:00+08:00' : '2026-03-03T17:00:00+08:00';
  const body = ReportBody.parse({
    channel,
    description,
    location: random.pick(locations),
    ...category,
    ...(imported ? { occurredAt: '2024-05-06T10:00:00+08:00' } : {}),
    ...(upstream ? { upstreamDueAt } : {}),
    ...(random.chance(0.4) ? { reporter: { wantsReply: true } } : {}),
    ...(random.chance(0.05) ? { against: { centreId: random.pick(centres.slice(1)) } } : {}),
    ...(random.chance(0.1) ? { selfHandled: true, attachments: ['before', 'after'] } : {}),
  });
  return { subject: imported ? people.admin : random.pick(reporters), body };
}

/** The command with a time of its own, a little after the incident's last one. */
export function told(
  random: Random,
  command: IncidentCommand,
  incident: Incident,
): IncidentCommand {
  if (incident.imported !== true || random.chance(0.1)) return command;
  const occurredAt = toIso(fromIso(incident.recordedAt) + random.int(600) * 60_000);
  // `occurredAt` is a member of every command's body.
  return { ...command, body: { ...command.body, occurredAt } } as IncidentCommand;
}
