import { type Incident, type permissions, type Subject, systemSubject } from '@cityloop/contracts';
import {
  authorize,
  type Context,
  createContext,
  decideEverywhere,
  evolve,
  goesLive,
  isEnded,
  isTelling,
  type Policy,
  settle,
} from '@cityloop/incident';
import { fromIso, RuleViolation, StaleVersion, toIso } from '@cityloop/kernel';
import { isRefused, refusalToKeep, refusedError } from './answer.ts';
import {
  bodyHash,
  keyId,
  keyReused,
  keyUncertain,
  sameKey,
  standsFor,
  travelled,
  travellingKey,
} from './keys.ts';
import { answerOf, Recorder, type Slot } from './recorder.ts';
import type { StageRules } from './rules.ts';
import type { BatchWrite, KeyWrite, KnownKey, OffsetWrite } from './store.ts';
import type { Answer, Birth, Command, Whereabouts, Work } from './work.ts';

/** What became of one work; nothing is told to its sender before the batch is committed. */
export type Outcome =
  | { readonly kind: 'done' }
  /** `key`, when it was known by the dossier only, which does not tell what it stood for. */
  | { readonly kind: 'answer'; readonly answer: Answer; readonly key?: string | undefined }
  /** `key`, when it could be a repeat whose first answer stands in the database. */
  | { readonly kind: 'refused'; readonly error: unknown; readonly key?: string | undefined }
  /** `gone`: it was here once and has left. */
  | { readonly kind: 'absent'; readonly gone: boolean; readonly key?: string | undefined };

export type Decided = {
  readonly outcomes: readonly Outcome[];
  readonly write: BatchWrite;
  readonly slots: ReadonlyMap<string, Slot>;
};

export type BatchInput = {
  readonly works: readonly Work[];
  readonly known: ReadonlyMap<string, Whereabouts>;
  /** Keys found in the database, when a batch is run again because of them. */
  readonly knownKeys: ReadonlyMap<string, KnownKey>;
  /** Keys that an earlier holder may have answered who could not be asked: their commands come again. */
  readonly unknowable?: ReadonlySet<string>;
  readonly nowMs: number;
  readonly policy: Policy;
};

/** Decides a batch of works in order, on states in memory. Waits for nothing. */
export function decideBatch(rules: StageRules, input: BatchInput): Decided {
  const batch = new Batch(rules, input);
  const outcomes = input.works.map((work) => batch.run(work));
  return { outcomes, write: batch.write(), slots: batch.recorder.slots };
}

class Batch {
  readonly recorder: Recorder;
  readonly #rules: StageRules;
  readonly #input: BatchInput;
  readonly #keys = new Map<string, KeyWrite>();

  constructor(rules: StageRules, input: BatchInput) {
    this.#rules = rules;
    this.#input = input;
    this.recorder = new Recorder(rules, input.nowMs);
    for (const [id, known] of input.known) this.recorder.open(id, known);
  }

  run(work: Work): Outcome {
    switch (work.kind) {
      case 'arrival':
        return this.#arrive(work);
      case 'recall':
        this.#recall(work);
        return { kind: 'done' };
      case 'nudge': {
        const slot = this.recorder.slots.get(work.incidentId);
        if (slot?.incident !== undefined) this.#nudge(work, slot, slot.incident);
        return { kind: 'done' };
      }
      case 'birth': {
        const { subject, key } = work.birth;
        const id = key === undefined ? undefined : keyId(subject.id, key);
        return refusable(id, () => this.#bear(work.birth, id));
      }
      case 'command': {
        const { subject, key } = work.command;
        const id = key === undefined ? undefined : keyId(subject.id, key);
        const outcome = refusable(id, () => this.#obey(work.command, id));
        if (outcome.kind === 'refused') this.#keepRefusal(work.command, outcome);
        return outcome;
      }
    }
  }

  write(): BatchWrite {
    const { events, bodies, states, asks, taken } = this.recorder;
    const offsets = new Map<number, OffsetWrite>();
    for (const work of this.#input.works) {
      if (work.kind !== 'arrival' && work.kind !== 'recall') continue;
      if (work.place === undefined) continue;
      const read = { topic: 'incidents', ...work.place, eventId: work.event.id };
      offsets.set(read.partition, read);
    }
    return {
      rows: this.recorder.rows(),
      before: (id) => this.#input.known.get(id)?.incident,
      keys: [...this.#keys.values()],
      offsets: [...offsets.values()],
      taken,
      events,
      bodies,
      states,
      asks,
    };
  }

  /** What an import has ended waits for its archiving by our own time, not by the one it tells of. */
  #nudge(work: Extract<Work, { kind: 'nudge' }>, slot: Slot, incident: Incident): void {
    const { incidentId: id, begin } = work;
    const fresh = begin === true && slot.version === slot.since;
    const atMs = Math.max(this.#input.nowMs, fromIso(incident.recordedAt));
    const settled = this.#settle(id, slot, incident, isEnded(incident) ? atMs : undefined);
    if (fresh) this.#begin(id, slot, settled);
  }

  /** The answers to commands come back with their events. */
  #recall({ event, body }: Extract<Work, { kind: 'recall' }>): void {
    const slot = this.recorder.recall(event, body);
    const last = slot?.incident ?? slot?.left;
    const { key } = event.data;
    if (slot === undefined || last === undefined || key === undefined) return;
    const answer = answerOf(event.incidentId, slot, last);
    const known = travelled(key);
    this.#keys.set(known.key, { ...known, answer });
  }

  #arrive({ event, quiet }: Extract<Work, { kind: 'arrival' }>): Outcome {
    const slot = this.recorder.take(event);
    if (slot?.incident === undefined || quiet === true) return { kind: 'done' };
    const id = event.incidentId;
    this.#begin(id, slot, this.#settle(id, slot, slot.incident));
    return { kind: 'done' };
  }

  /** What the stage does of itself when an incident comes. */
  #begin(id: string, slot: Slot, incident: Incident): void {
    const ctx = this.#context(systemSubject, this.#time(incident, undefined));
    const own = this.#rules.arrive?.(incident, ctx);
    if (own === undefined) return;
    // What history does by rule on arrival happens when its record says, not while it is imported.
    const stamps = incident.imported === true ? { occurredAt: incident.recordedAt } : {};
    this.recorder.record(id, slot, own, stamps);
  }

  #keepRefusal(given: Command, { error, key }: Extract<Outcome, { kind: 'refused' }>): void {
    if (key === undefined || this.#keys.has(key)) return;
    const answer = refusalToKeep(given, error);
    if (answer === undefined) return;
    const { command, incidentId } = given;
    this.#keys.set(key, {
      key,
      bodyHash: bodyHash(command.verb, incidentId, command.body),
      answer,
    });
  }

  #bear(birth: Birth, key: string | undefined): Outcome {
    const hash = key === undefined ? '' : bodyHash('report', '', birth.body);
    const repeat = this.#seen(key, hash);
    if (repeat !== undefined) return repeat;
    const facts = birth.decide(this.#context(birth.subject, this.#input.nowMs, 'report'));
    const slot = this.recorder.bear(birth.incidentId);
    const travelling = key === undefined ? undefined : travellingKey(key, hash);
    this.recorder.record(birth.incidentId, slot, facts, { ...birth, key: travelling });
    return this.#answer(birth.incidentId, slot, key, hash);
  }

  #obey(given: Command, key: string | undefined): Outcome {
    const { command, incidentId } = given;
    const hash = key === undefined ? '' : bodyHash(command.verb, incidentId, command.body);
    const repeat = this.#seen(key, hash);
    if (repeat !== undefined) return repeat;
    const slot = this.recorder.slots.get(incidentId);
    if (slot?.incident === undefined) return { kind: 'absent', gone: slot !== undefined, key };
    const travelling = key === undefined ? undefined : travellingKey(key, hash);
    const earlier = slot.incident.keys.find((k) => sameKey(k.key, travelling));
    if (earlier !== undefined) {
      if (earlier.key !== travelling) throw keyReused();
      const answer = answerOf(incidentId, slot, slot.incident);
      return { kind: 'answer', answer: { ...answer, version: earlier.version }, key };
    }
    if (key !== undefined && this.#input.unknowable?.has(key) === true) throw keyUncertain();
    const { incident } = slot;
    const execute = () => this.#execute(given, slot, incident, travelling);
    // An act of now brings an imported incident up to now: if it is refused, the import goes on.
    if (incident.imported === true) this.recorder.allOrNone(slot, execute);
    else execute();
    return this.#answer(incidentId, slot, key, hash);
  }

  #execute(given: Command, slot: Slot, before: Incident, key: string | undefined): void {
    const { command, subject, traceparent } = given;
    authorize(subject, command.verb, before);
    const { occurredAt } = command.body as { readonly occurredAt?: string };
    const imported = before.imported === true;
    const telling = imported && isTelling(command, given.importing === true);
    // Whoever else acts on an imported incident acts now, or when its record has got to.
    const nowMs = telling
      ? this.#time(before, occurredAt)
      : Math.max(this.#input.nowMs, fromIso(before.recordedAt));
    const settled = this.#settle(given.incidentId, slot, before, nowMs);
    checkVersion(given.ifMatch, settled);
    const ctx = this.#context(subject, nowMs, command.verb);
    const { stage } = this.#rules;
    const live = telling ? undefined : goesLive(stage, command, settled, ctx);
    const incident = live === undefined ? settled : evolve(settled, live, toIso(nowMs));
    const facts =
      decideEverywhere(stage, command, incident, ctx) ?? this.#rules.decide(command, incident, ctx);
    const all = live === undefined ? facts : [live, ...facts];
    this.recorder.record(given.incidentId, slot, all, {
      key,
      occurredAt: imported ? toIso(nowMs) : occurredAt,
      traceparent,
    });
  }

  /** Settles what has come due and returns the incident as it is then. */
  #settle(id: string, slot: Slot, before: Incident, nowMs?: number): Incident {
    const at = nowMs ?? this.#time(before, undefined);
    const ctx = this.#context(systemSubject, at);
    const { incident, events } = settle(before, ctx, toIso(at), this.#rules.due);
    if (events.length > 0) this.recorder.record(id, slot, events, {});
    return slot.incident ?? incident;
  }

  /** Clocks run on the database's time; those of an imported incident on what its record says. */
  #time(incident: Incident, occurredAt: string | undefined): number {
    const last = fromIso(incident.recordedAt);
    if (incident.imported !== true) return Math.max(this.#input.nowMs, last);
    if (occurredAt === undefined) return last;
    const at = fromIso(occurredAt);
    if (at >= last) return at;
    throw new RuleViolation(
      'TIME_BACKWARDS',
      '发生时间早于上一步 / occurredAt lies before the last step',
      { occurredAt, last: incident.recordedAt },
    );
  }

  #context(subject: Subject, nowMs: number, verb?: keyof typeof permissions): Context {
    return createContext({ nowMs, policy: this.#input.policy, subject, verb });
  }

  /** What a command with this key has come to already. */
  #seen(key: string | undefined, hash: string): Outcome | undefined {
    if (key === undefined) return undefined;
    const seen = this.#keys.get(key) ?? this.#input.knownKeys.get(key);
    if (seen === undefined) return undefined;
    if (!standsFor(seen, hash)) throw keyReused();
    const { answer } = seen;
    if (isRefused(answer)) return { kind: 'refused', error: refusedError(answer) };
    return { kind: 'answer', answer };
  }

  #answer(id: string, slot: Slot, key: string | undefined, bodyHash: string): Outcome {
    const last = slot.incident ?? slot.left;
    if (last === undefined) throw new RangeError('nothing was recorded');
    const answer = answerOf(id, slot, last);
    if (key !== undefined) this.#keys.set(key, { key, bodyHash, answer });
    return { kind: 'answer', answer };
  }
}

/** `If-Match` names the version the sender saw; marks the loop has set since do not make it stale. */
function checkVersion(ifMatch: number | undefined, incident: Incident): void {
  if (ifMatch === undefined) return;
  if (ifMatch >= incident.actVersion && ifMatch <= incident.version) return;
  throw new StaleVersion('VERSION_STALE', '案件已有新的变化 / the incident has moved on', {
    yours: ifMatch,
    current: incident.version,
  });
}

function refusable(key: string | undefined, run: () => Outcome): Outcome {
  try {
    return run();
  } catch (error) {
    return { kind: 'refused', error, key };
  }
}
