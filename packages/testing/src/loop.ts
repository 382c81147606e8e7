import { archiveRules } from '@cityloop/archive/rules';
import {
  type AskVerb,
  askBodies,
  decodeEvent,
  type HandOverEvent,
  type Incident,
  type IncidentCommand,
  type IncidentEvent,
  isHandOver,
  ownerOf,
  type ReportBody,
  type Stage,
  type Subject,
  stages,
  type Verb,
} from '@cityloop/contracts';
import { dispatchRules } from '@cityloop/dispatch/rules';
import { handlingRules } from '@cityloop/handling/rules';
import type { Policy } from '@cityloop/incident';
import { report } from '@cityloop/intake/report';
import { intakeRules } from '@cityloop/intake/rules';
import { uuidv7 } from '@cityloop/kernel';
import { type BatchInput, decideBatch } from '@cityloop/stage/decide';
import { verificationRules } from '@cityloop/verification/rules';

/** The real rules of every stage. */
export const rulesOf = {
  intake: intakeRules,
  dispatch: dispatchRules,
  handling: handlingRules,
  verification: verificationRules,
  archive: archiveRules,
} as const;

type Work = BatchInput['works'][number];
type Known = BatchInput['known'];
type Whereabouts = Known extends ReadonlyMap<string, infer W> ? W : never;
type Ask = ReturnType<typeof decideBatch>['write']['asks'][number];

/** All there is of a district's incidents at one moment. Never changed: each step answers a new one. */
export type World = {
  readonly policy: Policy;
  readonly nowMs: number;
  readonly known: Readonly<Record<Stage, Known>>;
  /** Every event so far, in the order of the log. */
  readonly log: readonly IncidentEvent[];
  readonly asks: readonly Ask[];
};

/** A step that was taken, with what it recorded, or the error it was refused with. */
export type Step = {
  readonly world: World;
  readonly events: readonly IncidentEvent[];
  readonly refusal?: unknown;
};

/** A district where nothing has happened yet. */
export function emptyWorld(policy: Policy, nowMs: number): World {
  const none: Known = new Map();
  const known = Object.fromEntries(stages.map((stage) => [stage, none]));
  // The keys are the stages.
  return { policy, nowMs, known: known as World['known'], log: [], asks: [] };
}

/** The incident as its custodian has it. */
export function incidentIn(world: World, id: string): Incident {
  for (const stage of stages) {
    const incident = world.known[stage].get(id)?.incident;
    if (incident !== undefined) return incident;
  }
  throw new RangeError(`nobody holds ${id}`);
}

const unsettled = { resolve: () => undefined, reject: () => undefined };

/**
 * One work at one stage, decided by the engine's own batch, then every hand-over it led to: taken from
 * the wire at once by the next custodian.
 */
function run(world: World, stage: Stage, work: Work, policy = world.policy): Step {
  const input = { works: [work], known: world.known[stage], knownKeys: new Map() };
  const decided = decideBatch(rulesOf[stage], { ...input, nowMs: world.nowMs, policy });
  const [outcome] = decided.outcomes;
  if (outcome?.kind === 'absent') return { world, events: [], refusal: notHere() };
  const known = new Map(world.known[stage]);
  for (const [id, { version, since, custodian, incident }] of decided.slots) {
    known.set(id, { version, since, custodian, incident } satisfies Whereabouts);
  }
  const events = decided.write.bodies.map(fromWire);
  let after: World = {
    ...world,
    known: { ...world.known, [stage]: known },
    log: [...world.log, ...events],
    asks: [...world.asks, ...decided.write.asks],
  };
  const all = [...events];
  for (const event of events) {
    if (!isHandOver(event.type)) continue;
    // Told by its type just above.
    const arrival = { kind: 'arrival', event: event as HandOverEvent, partition: 0, position: 1 };
    const taken = run(after, event.custodian, { ...arrival, ...unsettled } as Work, policy);
    after = taken.world;
    all.push(...taken.events);
  }
  const step = { world: after, events: all };
  return outcome?.kind === 'refused' ? { ...step, refusal: outcome.error } : step;
}

/** Every event goes over the wire, so that none escapes its schema. */
function fromWire(body: string): IncidentEvent {
  const decoded = decodeEvent(body);
  if (decoded.kind === 'event') return decoded.event;
  throw new Error(`an event does not survive the wire: ${JSON.stringify(decoded)} in ${body}`);
}

function notHere(): Error & { code: string } {
  return Object.assign(new Error('another stage holds the incident'), { code: 'NOT_IN_CUSTODY' });
}

/** Throws what a step was refused with, as it is when it is an error. */
export function throwIfRefused({ refusal }: Step): void {
  if (refusal === undefined) return;
  throw refusal instanceof Error ? refusal : new Error(String(refusal));
}

export type Given = {
  readonly subject: Subject;
  readonly key?: string | undefined;
  readonly ifMatch?: number | undefined;
};

/** A command to whoever should take it: the verb's own stage, or the holder. */
export function command(
  world: World,
  incidentId: string,
  given: IncidentCommand,
  { subject, key, ifMatch }: Given,
): Step {
  const holder = incidentIn(world, incidentId).custodian;
  const stage = isAsk(given.verb) ? holder : (ownerOf(given.verb) ?? holder);
  // Who names a time tells of an imported incident as an import does; anybody else acts now.
  const importing = (given.body as { readonly occurredAt?: string }).occurredAt !== undefined;
  const sent = { incidentId, command: given, subject, key, ifMatch, importing };
  return run(world, stage, { kind: 'command', command: sent, ...unsettled });
}

function isAsk(verb: Verb | AskVerb): verb is AskVerb {
  return verb in askBodies;
}

/** An alarm to whoever holds the incident. */
export function nudge(world: World, incidentId: string): Step {
  const stage = incidentIn(world, incidentId).custodian;
  return run(world, stage, { kind: 'nudge', incidentId, ...unsettled });
}

/** One report at intake; the id of what it makes is answered too. */
export function bear(
  world: World,
  body: ReportBody,
  { subject, key }: Given,
): Step & { readonly id: string } {
  const id = uuidv7(world.nowMs);
  const number = `310110-${world.log.length + 1}`;
  const imported = body.occurredAt !== undefined && subject.roles.includes('admin');
  const { occurredAt, description } = body;
  const birth: Extract<Work, { kind: 'birth' }>['birth'] = {
    incidentId: id,
    subject,
    key,
    body,
    occurredAt,
    decide: (ctx) => report(body, { id, number, imported, description }, ctx),
  };
  return { ...run(world, 'intake', { kind: 'birth', birth, ...unsettled }), id };
}
