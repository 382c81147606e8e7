import type { LogRecord } from '../event-log.ts';
import { pause } from '../pause.ts';
import { hasEvent } from '../record.ts';
import type { Begin } from './begin.ts';

export type LaneOptions = {
  readonly partition: number;
  /** Resolves when the lane this partition had before is done with what it had in hand. */
  readonly after: Promise<void>;
  onBatch(records: readonly LogRecord[]): Promise<void>;
  /** Told of each rejection of `onBatch`. */
  refused(error: unknown): void;
  /** More lies ready than is good for the memory: fetch no more until `thirsty`. */
  full(): void;
  thirsty(): void;
};

/** What became of records that were offered. */
export type Taken = 'taken' | 'unsettled' | 'unexpected' | 'different';

/** The most records a reader is given at once. */
const BATCH_MAX = 1_000;
const RETRY_MS = 200;
/** How much lies ready while the reader works: enough not to wait for the next fetch. */
const READY_BYTES_MAX = 4 * 1_048_576;

/**
 * What this reader does with one partition while it is assigned to it: records lie ready here, and go to
 * the reader batch by batch, the same ones again until it takes them. Outside of kafkajs, so that a slow,
 * failing or endless reader holds up neither heartbeats nor other partitions, and no error of its gets
 * where a `TypeError` ends the consumer.
 */
export class Lane {
  readonly partition: number;
  readonly #options: LaneOptions;
  readonly #halt = new AbortController();
  readonly #done: Promise<void>;
  #ready: LogRecord[] = [];
  #readyBytes = 0;
  #isFull = false;
  #begin: Begin | undefined;
  #next: number | undefined;
  #handled: number | undefined;
  #wake: () => void = () => undefined;
  readonly #begun = Promise.withResolvers<void>();
  #gotOnMs = performance.now();

  constructor(options: LaneOptions) {
    this.partition = options.partition;
    this.#options = options;
    this.#done = options.after.then(() => this.#work());
  }

  /** Aborted when the partition is not this lane's any more. */
  get halted(): AbortSignal {
    return this.#halt.signal;
  }

  /** Resolves when nothing of the lane before this one is in hand any more. */
  get free(): Promise<void> {
    return this.#options.after;
  }

  /** Resolves when it is known where to begin, or will never be. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** The position the next record has to have, undefined until it is known where to begin. */
  get next(): number | undefined {
    return this.#begin?.kind === 'at' ? this.#next : undefined;
  }

  /** Behind the last record the reader has taken; where it began until then. */
  get handled(): number | undefined {
    return this.#handled;
  }

  /** Milliseconds since the reader got on: took something, or had nothing to take. */
  silentMs(): number {
    const idle = this.#begin?.kind === 'at' && this.#handled === this.#next;
    return idle ? 0 : performance.now() - this.#gotOnMs;
  }

  begin(begin: Begin): void {
    this.#begin = begin;
    this.#next = begin.position;
    if (begin.kind === 'at') this.#handled = begin.position;
    this.#begun.resolve();
  }

  /** Takes what was fetched from the position `fetched` on, if that is what it waits for. */
  offer(fetched: number, records: readonly LogRecord[]): Taken {
    if (this.#begin === undefined || this.#halt.signal.aborted) return 'unsettled';
    if (fetched !== this.#next) return 'unexpected';
    if (this.#begin.kind === 'behind') {
      const [stored, ...rest] = records;
      if (stored === undefined) return 'taken';
      if (stored.position !== this.#begin.position || !hasEvent(stored, this.#begin.eventId)) {
        this.#begin = undefined;
        return 'different';
      }
      this.begin({ kind: 'at', position: stored.position + 1 });
      this.#put(rest);
    } else this.#put(records);
    return 'taken';
  }

  /** Hands nothing over any more; resolves when the batch in hand is done with. */
  halt(): Promise<void> {
    this.#halt.abort();
    this.#begun.resolve();
    this.#wake();
    return this.#done;
  }

  #put(records: readonly LogRecord[]): void {
    const last = records.at(-1);
    if (last === undefined) return;
    if (this.#handled === this.#next) this.#gotOnMs = performance.now();
    this.#next = last.position + 1;
    for (const record of records) this.#readyBytes += record.bytes.byteLength;
    this.#ready = this.#ready.length === 0 ? [...records] : [...this.#ready, ...records];
    if (this.#readyBytes > READY_BYTES_MAX && !this.#isFull) {
      this.#isFull = true;
      this.#options.full();
    }
    this.#wake();
  }

  #take(): readonly LogRecord[] {
    const records = this.#ready.slice(0, BATCH_MAX);
    this.#ready = this.#ready.slice(BATCH_MAX);
    for (const record of records) this.#readyBytes -= record.bytes.byteLength;
    if (this.#isFull && this.#readyBytes < READY_BYTES_MAX / 2) {
      this.#isFull = false;
      this.#options.thirsty();
    }
    return records;
  }

  async #work(): Promise<void> {
    while (!this.halted.aborted) {
      const records = this.#take();
      if (records.length > 0) await this.#handOver(records);
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #handOver(records: readonly LogRecord[]): Promise<void> {
    while (!this.halted.aborted) {
      try {
        await this.#options.onBatch(records);
        this.#handled = (records.at(-1)?.position ?? 0) + 1;
        this.#gotOnMs = performance.now();
        return;
      } catch (error) {
        this.#options.refused(error);
        await pause(RETRY_MS, this.halted);
      }
    }
  }
}
