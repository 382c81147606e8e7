import type { IncidentEvent, Stage } from '@cityloop/contracts';
import type { Policy } from '@cityloop/incident';
import { NotFound, RuleViolation, Unavailable } from '@cityloop/kernel';
import { decideBatch, type Outcome } from './decide-batch.ts';
import { HotStates } from './hot-states.ts';
import { bodyHash, keyId, keyReused } from './keys.ts';
import type { Slot } from './recorder.ts';
import type { StageRules } from './rules.ts';
import { BatchConflict, type KnownKey, type StageStore } from './store.ts';
import { Waiters } from './waiters.ts';
import type { Answer, Birth, Command, Whereabouts, Work } from './work.ts';

/** The most works in one transaction; more only lengthens the answer to the first of them. */
const BATCH_MAX = 1_000;
/** How often a batch is decided anew because rows moved under it. */
const TRIES_MAX = 6;
const RETRY_MS = 200;

/** What the engine tells whoever watches it; all synchronous and cheap. */
export type StageProbe = {
  committed(facts: { works: number; events: readonly IncidentEvent[]; ms: number }): void;
  refused(error: unknown): void;
  conflict(reason: string): void;
  failed(error: unknown): void;
};

export type EngineOptions = {
  readonly rules: StageRules;
  readonly store: StageStore;
  /** The policy in force; asked once a batch. */
  policy(): Policy;
  /** Which stage holds an incident this one has not got; undefined when there is no such incident. */
  locate?(incidentId: string): Promise<{ custodian: Stage; version: number } | undefined>;
  /** Puts an arrival aside that the database refuses for good; durable when it resolves. */
  setAside?(arrival: Extract<Work, { kind: 'arrival' }>, cause: unknown): Promise<void>;
  readonly probe?: StageProbe;
};

/** One stage's engine: everything that happens to an incident in it goes through here. */
export type Engine = {
  readonly stage: Stage;
  /** Answers once the command's facts are durable; rejects with the error that says why not. */
  command(command: Command): Promise<Answer>;
  bear(birth: Birth): Promise<Answer>;
  /** Resolves when the hand-over is taken (or was already) and durable. */
  arrive(
    event: Extract<Work, { kind: 'arrival' }>['event'],
    place: { readonly partition: number; readonly position: number },
  ): Promise<void>;
  nudge(incidentId: string): Promise<void>;
  /** What a command with this key was answered, if it was; refuses another body under the key. */
  answered(
    principal: string,
    key: string,
    verb: string,
    incidentId: string,
    body: unknown,
  ): Promise<Answer | undefined>;
  /** What this service knows of an incident, from memory or its row. */
  whereabouts(incidentId: string): Promise<Whereabouts | undefined>;
  /** Which service has the incident and at which version, as far as this one knows. */
  row(incidentId: string): Promise<Pick<Whereabouts, 'version' | 'custodian'> | undefined>;
  /** Works waiting for a batch. */
  readonly backlog: number;
  /** Finishes what has begun and refuses the rest. */
  stop(): Promise<void>;
};

/**
 * Collect, load, decide, commit, answer. What comes while a commit is in flight becomes the next
 * transaction, so that batches are as large as the load and as small as its absence.
 */
export function createEngine(options: EngineOptions): Engine {
  const { rules, store, probe } = options;
  const hot = new HotStates();
  const waiters = new Waiters();
  let queue: Work[] = [];
  let running: Promise<void> | undefined;
  let stopped = false;

  function submit(work: Work): void {
    if (stopped) {
      work.reject(new Unavailable('STOPPING', '服务正在停止 / the service is stopping'));
      return;
    }
    queue.push(work);
    // One turn of the event loop gathers what arrives together.
    running ??= Promise.resolve().then(drain);
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const works = queue.length <= BATCH_MAX ? queue : queue.slice(0, BATCH_MAX);
      queue = queue.length <= BATCH_MAX ? [] : queue.slice(BATCH_MAX);
      try {
        await runBatch(works);
      } catch (error) {
        await failed(works, error);
      }
    }
    running = undefined;
  }

  /**
   * The transaction failed. When the database refused it, one work may be at fault: each is given a
   * transaction of its own. When the connection broke, it may have happened all the same: no command
   * is run again behind its sender's back, they are told to repeat (with their key, which makes it
   * safe). Arrivals stay first in line and are tried for ever, so that none is passed over.
   */
  async function failed(works: readonly Work[], error: unknown): Promise<void> {
    probe?.failed(error);
    for (const id of idsOf(works)) hot.drop(id);
    if (error instanceof Unavailable) {
      queue = [...works.filter((work) => work.kind === 'arrival'), ...queue];
      for (const work of works) if (work.kind !== 'arrival') work.reject(notStored(error));
      await retryPause();
      return;
    }
    for (const work of works) {
      await runBatch([work]).catch((cause: unknown) => failedAlone(work, cause));
    }
  }

  async function failedAlone(work: Work, cause: unknown): Promise<void> {
    hot.drop(idOf(work));
    if (work.kind !== 'arrival' || options.setAside === undefined) {
      work.reject(notStored(cause));
      return;
    }
    await options.setAside(work, cause);
    work.resolve();
  }

  async function runBatch(works: readonly Work[]): Promise<void> {
    let exact = false;
    let knownKeys: ReadonlyMap<string, KnownKey> = new Map();
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const known = await collect(works, exact);
      const decided = decideBatch(rules, {
        works,
        known,
        knownKeys,
        nowMs: store.nowMs(),
        policy: options.policy(),
      });
      const doubtful = doubtfulKeys(decided.outcomes, knownKeys);
      if (doubtful.length > 0) {
        const found = await store.findKeys(doubtful);
        knownKeys = new Map([...knownKeys, ...found]);
        if (found.size > 0) continue;
      }
      const startedMs = performance.now();
      try {
        const { write } = decided;
        if (write.rows.length + write.keys.length > 0 || write.offset !== undefined) {
          await store.commit(write);
        }
      } catch (error) {
        if (!(error instanceof BatchConflict)) throw error;
        probe?.conflict(error.reason);
        if (error.reason === 'row') exact = true;
        else knownKeys = await store.findKeys(decided.write.keys.map((k) => k.key));
        for (const id of idsOf(works)) hot.drop(id);
        continue;
      }
      const { events } = decided.write;
      probe?.committed({ works: works.length, events, ms: performance.now() - startedMs });
      remember(decided.slots);
      works.forEach((work, n) => conclude(work, decided.outcomes[n] as Outcome));
      return;
    }
    throw new Unavailable('TOO_MANY_CONFLICTS', '案件正被频繁更改 / the incident keeps changing');
  }

  /** What is known of the batch's incidents. Arrivals are taken on trust unless `exact` is asked. */
  async function collect(
    works: readonly Work[],
    exact: boolean,
  ): Promise<ReadonlyMap<string, Whereabouts>> {
    const known = new Map<string, Whereabouts>();
    const missing = new Set<string>();
    const arriving = new Set<string>();
    for (const work of works) {
      const id = idOf(work);
      if (work.kind === 'birth' || known.has(id) || arriving.has(id)) continue;
      const entry = hot.get(id);
      if (entry !== undefined) known.set(id, entry);
      else if (work.kind === 'arrival' && !exact) arriving.add(id);
      else missing.add(id);
    }
    for (const id of arriving) missing.delete(id);
    if (missing.size > 0) {
      for (const [id, entry] of await store.load([...missing])) known.set(id, entry);
    }
    return known;
  }

  function remember(slots: ReadonlyMap<string, Slot>): void {
    for (const [id, slot] of slots) {
      const { incident, since, version, custodian } = slot;
      if (incident === undefined) hot.drop(id);
      else hot.put(id, { incident, since, version, custodian });
    }
  }

  function conclude(work: Work, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'done':
        if (work.kind === 'arrival') waiters.wake(work.event.incidentId, submit);
        if (work.kind === 'arrival' || work.kind === 'nudge') work.resolve();
        return;
      case 'answer':
        if (work.kind === 'command' || work.kind === 'birth') work.resolve(outcome.answer);
        return;
      case 'refused':
        probe?.refused(outcome.error);
        work.reject(outcome.error);
        return;
      case 'absent':
        void absent(work, outcome.gone);
        return;
    }
  }

  /** The incident is not here: on its way (wait for it), elsewhere (say where), or nowhere (404). */
  async function absent(work: Work, gone: boolean): Promise<void> {
    if (work.kind !== 'command') return;
    const id = work.command.incidentId;
    // Never seen here: most likely the hand-over is a moment behind the answer it followed from.
    if (!gone && waiters.isNew(work)) {
      waiters.add(id, work, submit);
      return;
    }
    try {
      const at = await options.locate?.(id);
      if (at === undefined) throw unknownIncident();
      if (at.custodian !== rules.stage) throw notInCustody(at.custodian);
      waiters.add(id, work, submit);
    } catch (error) {
      probe?.refused(error);
      work.reject(error);
    }
  }

  return {
    stage: rules.stage,
    command: (command) =>
      new Promise((resolve, reject) => submit({ kind: 'command', command, resolve, reject })),
    bear: (birth) =>
      new Promise((resolve, reject) => submit({ kind: 'birth', birth, resolve, reject })),
    arrive: (event, place) =>
      new Promise((resolve, reject) =>
        submit({ kind: 'arrival', event, ...place, resolve, reject }),
      ),
    nudge: (incidentId) =>
      new Promise((resolve, reject) => submit({ kind: 'nudge', incidentId, resolve, reject })),
    async answered(principal, key, verb, incidentId, body) {
      const id = keyId(principal, key);
      const known = (await store.findKeys([id])).get(id);
      if (known === undefined || known.bodyHash === bodyHash(verb, incidentId, body)) {
        return known?.answer;
      }
      throw keyReused();
    },
    async whereabouts(incidentId) {
      return hot.get(incidentId) ?? (await store.load([incidentId])).get(incidentId);
    },
    async row(incidentId) {
      return hot.get(incidentId) ?? store.row(incidentId);
    },
    get backlog() {
      return queue.length;
    },
    async stop() {
      stopped = true;
      waiters.rejectAll(new Unavailable('STOPPING', '服务正在停止 / the service is stopping'));
      await running;
    },
  };
}

function idOf(work: Work): string {
  switch (work.kind) {
    case 'arrival':
      return work.event.incidentId;
    case 'birth':
      return work.birth.incidentId;
    case 'command':
      return work.command.incidentId;
    case 'nudge':
      return work.incidentId;
  }
}

function idsOf(works: readonly Work[]): Set<string> {
  return new Set(works.map(idOf));
}

/** Keys of refused works that were not looked up yet: they may be repeats of what was done. */
function doubtfulKeys(
  outcomes: readonly Outcome[],
  known: ReadonlyMap<string, KnownKey>,
): string[] {
  const keys = new Set<string>();
  for (const outcome of outcomes) {
    if (outcome.kind !== 'refused' && outcome.kind !== 'absent') continue;
    if (outcome.key !== undefined && !known.has(outcome.key)) keys.add(outcome.key);
  }
  return [...keys];
}

/** A moment's rest before the database is asked again. */
function retryPause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}

function notStored(cause: unknown): Unavailable {
  const message = '暂时无法保存，请稍后重试 / could not be stored, try again';
  return new Unavailable('STORE_FAILED', message, {}, { cause });
}

function unknownIncident(): NotFound {
  return new NotFound('INCIDENT_NOT_FOUND', '没有这个案件 / no such incident');
}

/** Refuses a command that came to the wrong service, naming the right one. */
export function notInCustody(custodian: Stage): RuleViolation {
  return new RuleViolation('NOT_IN_CUSTODY', '案件不在本环节 / another stage holds the incident', {
    custodian,
  });
}
