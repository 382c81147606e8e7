import type { Incident, IncidentEvent } from '@cityloop/contracts';
import type { Policy } from '@cityloop/incident';
import { Unavailable } from '@cityloop/kernel';
import { isRefused } from './answer.ts';
import { type Decided, decideBatch, type Outcome } from './decide-batch.ts';
import type { EngineOptions } from './engine-options.ts';
import type { HotStates } from './hot-states.ts';
import { keysInDoubt } from './keys-in-doubt.ts';
import type { StageRules } from './rules.ts';
import { BatchConflict, type KnownKey, type StageStore } from './store.ts';
import { type Whereabouts, type Work, workId } from './work.ts';

/** How often a batch is decided anew because something moved under it. */
const TRIES_MAX = 6;

export type BatchProbe = {
  /** `states`: each incident as it was after the event of that place. */
  committed(facts: {
    readonly works: number;
    readonly events: readonly IncidentEvent[];
    readonly states: readonly Incident[];
    readonly ms: number;
  }): void;
  conflict(reason: string): void;
};

export type BatchDeps = {
  readonly rules: StageRules;
  readonly store: StageStore;
  readonly hot: HotStates;
  policy(): Policy;
  readonly probe?: BatchProbe | undefined;
  /** See `EngineOptions`. */
  readonly answeredElsewhere?: EngineOptions['answeredElsewhere'];
};

/** What the database turned out to know that memory did not, from one try to the next. */
type Learned = {
  exact: boolean;
  keys: ReadonlyMap<string, KnownKey>;
  readonly askedElsewhere: Set<string>;
  /** Of which somebody who may have answered them could not be asked. */
  readonly unknowable: Set<string>;
};

/** What became of a batch that stands. */
export type BatchDone = {
  /** Of each work, in order. */
  readonly outcomes: readonly Outcome[];
  /** Resolves when it is on disk: nobody may be answered before. */
  readonly durable: Promise<void>;
};

/**
 * Loads, decides and commits one batch; resolves when the next may be decided on it. Decides again when
 * rows or keys had moved on meanwhile; any other failure of the database is thrown, and nothing was
 * written then.
 */
export async function runBatch(deps: BatchDeps, works: readonly Work[]): Promise<BatchDone> {
  const learned: Learned = {
    exact: false,
    keys: new Map(),
    askedElsewhere: new Set(),
    unknowable: new Set(),
  };
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { known, recalled } = await collect(deps, works, learned.exact);
    await askElsewhere(deps, works, known, learned);
    const decided = decideBatch(deps.rules, {
      works,
      known,
      knownKeys: learned.keys,
      unknowable: learned.unknowable,
      nowMs: deps.store.nowMs(),
      policy: deps.policy(),
    });
    if (await repeatsAmong(deps, decided.outcomes, learned)) continue;
    if (await staleAmong(deps, works, decided, recalled)) continue;
    const stored = await committed(deps, works, decided, learned);
    if (stored === undefined) continue;
    remember(deps.hot, decided);
    return { outcomes: decided.outcomes, durable: stored.durable };
  }
  throw new Unavailable('TOO_MANY_CONFLICTS', '案件正被频繁更改 / the incident keeps changing');
}

/** What is known of a batch's incidents, and which of it is from memory: no database has said so now. */
type Collected = {
  readonly known: ReadonlyMap<string, Whereabouts>;
  readonly recalled: ReadonlySet<string>;
};

/** What is known of the batch's incidents. Arrivals are taken on trust unless `exact` is asked. */
async function collect(
  { hot, store }: BatchDeps,
  works: readonly Work[],
  exact: boolean,
): Promise<Collected> {
  const known = new Map<string, Whereabouts>();
  const missing = new Set<string>();
  const arriving = new Set<string>();
  for (const work of works) {
    if (work.kind === 'birth') continue;
    const id = workId(work);
    const entry = hot.get(id);
    if (entry !== undefined) known.set(id, entry);
    else if (work.kind === 'arrival' && !exact) arriving.add(id);
    else if (!arriving.has(id)) missing.add(id);
  }
  for (const id of arriving) missing.delete(id);
  const recalled = new Set(known.keys());
  if (missing.size === 0) return { known, recalled };
  for (const [id, entry] of await store.load([...missing])) known.set(id, entry);
  return { known, recalled };
}

/**
 * A commit finds out what has gone stale in memory, but what is refused, or finds nothing to do, writes no
 * row that could tell. Whether another process has moved those incidents on is asked before anybody
 * is told. True when one has, so that the batch must be decided again.
 */
async function staleAmong(
  { store, hot }: BatchDeps,
  works: readonly Work[],
  { outcomes, slots }: Decided,
  recalled: ReadonlySet<string>,
): Promise<boolean> {
  const doubtful = new Map<string, number>();
  for (const [n, work] of works.entries()) {
    const id = workId(work);
    const slot = slots.get(id);
    if (slot === undefined || slot.dirty || !recalled.has(id)) continue;
    const changesNothing = outcomes[n]?.kind !== 'done' || work.kind === 'nudge';
    if (changesNothing) doubtful.set(id, slot.version);
  }
  if (doubtful.size === 0) return false;
  const versions = await store.versions([...doubtful.keys()]);
  const stale = [...doubtful].filter(([id, version]) => versions.get(id) !== version);
  for (const [id] of stale) hot.drop(id);
  return stale.length > 0;
}

/**
 * A refused command may be the repeat of one that was accepted, and one whose key is in the dossier may
 * have another body: the key is looked up before anybody is told. True when a key was found, so that the batch must be decided again with it.
 */
async function repeatsAmong(
  { store }: BatchDeps,
  outcomes: readonly Outcome[],
  learned: Learned,
): Promise<boolean> {
  const doubtful = new Set<string>();
  for (const outcome of outcomes) {
    if (outcome.kind === 'done') continue;
    if (outcome.key !== undefined && !learned.keys.has(outcome.key)) doubtful.add(outcome.key);
  }
  if (doubtful.size === 0) return false;
  const found = await store.findKeys([...doubtful]);
  learned.keys = new Map([...learned.keys, ...found]);
  return found.size > 0;
}

/** Asks the earlier holders about keys the dossiers may lack, once a key. */
async function askElsewhere(
  { answeredElsewhere }: BatchDeps,
  works: readonly Work[],
  known: Collected['known'],
  learned: Learned,
): Promise<void> {
  if (answeredElsewhere === undefined) return;
  const keys = keysInDoubt(works, known).filter((key) => !learned.askedElsewhere.has(key));
  if (keys.length === 0) return;
  for (const key of keys) learned.askedElsewhere.add(key);
  try {
    // What another stage has refused may be done by this one.
    const answers = [...(await answeredElsewhere(keys))].filter(([, k]) => !isRefused(k.answer));
    learned.keys = new Map([...learned.keys, ...answers]);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    // Those are asked to come again; what came with them need not wait for it.
    for (const key of keys) learned.unknowable.add(key);
  }
}

/** Commits what was decided; nothing when it must be decided again. */
async function committed(
  deps: BatchDeps,
  works: readonly Work[],
  { write }: Decided,
  learned: Learned,
): Promise<Pick<BatchDone, 'durable'> | undefined> {
  if (write.rows.length + write.keys.length + write.offsets.length === 0) {
    return { durable: Promise.resolve() };
  }
  const startedMs = performance.now();
  const stored = Promise.withResolvers<void>();
  const durable = deps.store.commit(write, stored.resolve);
  durable.then(stored.resolve, stored.reject);
  try {
    await stored.promise;
  } catch (error) {
    if (!(error instanceof BatchConflict)) throw error;
    deps.probe?.conflict(error.reason);
    if (error.reason === 'row') learned.exact = true;
    else {
      const found = await deps.store.findKeys(write.keys.map((k) => k.key));
      learned.keys = new Map([...learned.keys, ...found]);
    }
    for (const work of works) deps.hot.drop(workId(work));
    return undefined;
  }
  const ms = performance.now() - startedMs;
  const { events, states } = write;
  deps.probe?.committed({ works: works.length, events, states, ms });
  return { durable };
}

function remember(hot: HotStates, { slots }: Decided): void {
  for (const [id, { incident, since, version, custodian }] of slots) {
    if (incident === undefined) hot.drop(id);
    else hot.put(id, { incident, since, version, custodian });
  }
}
