import type { LogRecord, MemoryEventLog, Subscribe, Subscription } from '@cityloop/event-log';
import { createMemoryEventLog } from '@cityloop/event-log';
import { Unavailable } from '@cityloop/kernel';
import type { MemoryStore, StageStore } from '@cityloop/stage';
import { copies, type Planted } from './sim-plant.ts';
import type { Scheduler } from './sim-scheduler.ts';

type Batch = Parameters<StageStore['commit']>[0];

const gone = () => new Unavailable('DATABASE_GONE', 'the connection broke');

/** One process's connection to its stage's store: each statement waits for its turn and may break. */
export function flakyStore(
  store: MemoryStore,
  scheduler: Scheduler,
  owner: string,
  nowMs: () => number,
): StageStore {
  async function read<T>(label: string, run: () => Promise<T>): Promise<T> {
    const fate = await scheduler.turn(owner, label, ['lost-before']);
    if (fate !== 'done') throw gone();
    return run();
  }

  async function commit(batch: Batch, onStored?: () => void): Promise<void> {
    // What the database refuses for good is set aside; a hand-over of ours is never that.
    const refusable = batch.offsets.length === 0;
    const fates = ['lost-before', ...(refusable ? ['refused' as const] : [])] as const;
    const fate = await scheduler.turn(owner, `commit ${batch.events.length}`, fates, () =>
      store.commit(batch),
    );
    if (fate === 'lost-before') throw gone();
    if (fate === 'refused') throw new Error('the database refuses a value');
    await store.commit(batch);
    // The next batch may be decided before this one is answered.
    onStored?.();
    const flushed = await scheduler.turn(owner, 'flush', ['lost-after']);
    if (flushed !== 'done') throw gone();
  }

  return {
    ...store,
    nowMs,
    commit,
    load: (ids) => read('load', () => store.load(ids)),
    versions: (ids) => read('versions', () => store.versions(ids)),
    findKeys: (keys) => read('keys', () => store.findKeys(keys)),
    readOffset: (topic) => read('offset', () => store.readOffset(topic)),
  };
}

type Reader = Subscribe & { readonly owner: string; next: number | undefined; busy: boolean };

/**
 * The log: what is appended stays, in order; who reads gets it when chance says so, sometimes again.
 * Readers of one group take turns, the first that lives is the active one.
 */
export class SimLog {
  readonly #inner: MemoryEventLog = createMemoryEventLog();
  readonly #scheduler: Scheduler;
  readonly #planted: Planted | undefined;
  #readers: Reader[] = [];
  length = 0;

  constructor(scheduler: Scheduler, planted?: Planted) {
    this.#scheduler = scheduler;
    this.#planted = planted;
  }

  /** The log as one process has it. */
  of(owner: string): MemoryEventLog {
    return {
      ...this.#inner,
      append: (events, bodies) => this.append(events, bodies),
      subscribe: async (options) => this.#subscribe(owner, options),
    };
  }

  append(events: Parameters<MemoryEventLog['append']>[0], bodies: readonly string[]): number {
    const first = this.length + 1;
    // Stored as text, so that every reader decodes what was encoded.
    const records = events.flatMap((event, n) => {
      const record = { key: event.incidentId, body: bodies[n] ?? '' };
      const times = copies(this.#planted, this.#scheduler.random);
      return Array.from({ length: times }, () => record);
    });
    this.length += records.length;
    void this.#inner.publish('incidents', records);
    return first;
  }

  read(from: number, limit: number): Promise<readonly LogRecord[]> {
    return this.#inner.read('incidents', { partition: 0, position: from }, limit);
  }

  #subscribe(owner: string, options: Subscribe): Subscription {
    const reader = { ...options, owner, next: undefined, busy: false };
    this.#readers.push(reader);
    return {
      active: true,
      lag: async () => 0,
      silentMs: () => 0,
      [Symbol.asyncDispose]: async () => this.unsubscribe(owner),
    };
  }

  unsubscribe(owner: string): void {
    this.#readers = this.#readers.filter((r) => r.owner !== owner);
  }

  #active(topic: Subscribe['topic']): Reader[] {
    const mine = this.#readers.filter((r) => r.topic === topic);
    return mine.filter((r) => mine.find((o) => o.group === r.group) === r);
  }

  /** The active readers that could be given something now. */
  behind(): readonly Reader[] {
    return this.#active('incidents').filter(
      (r) => !r.busy && (r.next === undefined || r.next <= this.length),
    );
  }

  get idle(): boolean {
    return this.behind().length === 0 && this.#readers.every((r) => !r.busy);
  }

  /** Gives a reader its next records, or asks it where to begin. */
  deliver(reader: Reader): void {
    const { random } = this.#scheduler;
    const most = random.pick([1, 2, 5, 50]);
    this.#scheduler.note(`${reader.owner} reads at ${reader.next ?? '?'}`);
    reader.busy = true;
    void this.#hand(reader, most).finally(() => {
      reader.busy = false;
    });
  }

  async #hand(reader: Reader, most: number): Promise<void> {
    const { next } = reader;
    if (next === undefined) {
      const start = await reader.from().catch(() => undefined); // asked again later
      if (start === undefined) return;
      reader.next = start === 'end' ? this.length + 1 : (start[0]?.position ?? 0) + 1;
      return;
    }
    const records = await this.read(next, most);
    const taken = await reader.onBatch(records).then(
      () => true,
      () => false,
    );
    if (taken) reader.next = Math.max(reader.next ?? 1, (records.at(-1)?.position ?? next) + 1);
  }

  /** What was delivered is delivered again from further back. */
  rewind(): void {
    const active = this.#active('incidents').filter((r) => !r.busy && (r.next ?? 1) > 1);
    if (active.length === 0) return;
    const reader = this.#scheduler.random.pick(active);
    reader.next = Math.max(1, (reader.next ?? 1) - 1 - this.#scheduler.random.int(8));
    this.#scheduler.note(`${reader.owner} rewound to ${reader.next}`);
  }

  /** An old record is published once more, for whoever it is for. */
  async publishAgain(): Promise<void> {
    if (this.length === 0) return;
    const records = await this.read(1 + this.#scheduler.random.int(this.length), 1);
    this.#scheduler.note(`again ${records[0]?.position ?? 0}`);
    for (const reader of this.#active('again')) void reader.onBatch(records);
  }
}
