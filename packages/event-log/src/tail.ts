import type { LogRecord } from './event-log.ts';

/** How many records are kept for readers that are a little behind. */
const KEPT = 2_048;
/** How long a gap is given to close by itself, ms: a commit of this process is being flushed. */
const GAP_MS = 20;

/** Reads records from a position on, in order, at most `limit`. */
export type ReadFrom = (position: number, limit: number) => Promise<readonly LogRecord[]>;

/**
 * The newest records of one topic, shared by all readers of a process, so that each is decoded once.
 * What this process commits is put in directly; gaps (another process wrote) and the distant past are
 * read from the store. Positions here are dense: the next one is always the last plus one.
 */
export class Tail {
  readonly #readFrom: ReadFrom;
  #records: LogRecord[] = [];
  /** The position the next record of the ring will have; undefined until something is known. */
  #next: number | undefined;
  /** Committed here, but something before it has not been seen yet. */
  readonly #early = new Map<number, readonly LogRecord[]>();
  readonly #sleepers = new Set<() => void>();
  #filling: Promise<void> | undefined;
  /** Committed here and about to be announced: how many, by the first position. */
  readonly #coming = new Map<number, number>();
  /** Whether something was announced since the last look. */
  #announced = false;
  #othersMs = Number.NEGATIVE_INFINITY;

  constructor(readFrom: ReadFrom) {
    this.#readFrom = readFrom;
  }

  /** Milliseconds since something was read here that another process wrote; infinite before the first. */
  othersSilentMs(): number {
    return performance.now() - this.#othersMs;
  }

  /**
   * Says that `count` records from `first` on have been committed by this process and will be announced
   * when they are on disk: nobody need read them back. What is returned takes it back, when the disk fails.
   */
  expect(first: number, count: number): () => void {
    this.#coming.set(first, count);
    return () => {
      this.#coming.delete(first);
      if (this.#early.size > 0) this.#fillSoon();
    };
  }

  /** Puts in what has just been committed by this process. */
  announce(first: number, records: readonly LogRecord[]): void {
    this.#coming.delete(first);
    if (records.length === 0) return;
    this.#announced = true;
    if (this.#next === undefined) this.#next = first;
    if (first < this.#next) return;
    this.#early.set(first, records);
    this.#join();
  }

  #join(): void {
    for (;;) {
      const records = this.#next === undefined ? undefined : this.#early.get(this.#next);
      if (records === undefined || this.#next === undefined) break;
      this.#early.delete(this.#next);
      this.#push(records);
    }
    if (this.#early.size > 0 && !this.#isComing()) this.#fillSoon();
  }

  /** Whether the next position is one that this process is about to announce. */
  #isComing(): boolean {
    const next = this.#next ?? 0;
    for (const [first, count] of this.#coming) {
      if (first <= next && next < first + count) return true;
    }
    return false;
  }

  #push(records: readonly LogRecord[]): void {
    for (const record of records) this.#records.push(record);
    this.#next = (records.at(-1)?.position ?? 0) + 1;
    if (this.#records.length > 2 * KEPT) this.#records = this.#records.slice(-KEPT);
    for (const wake of this.#sleepers) wake();
    this.#sleepers.clear();
  }

  /** Another commit is under way or another process wrote: look a moment later. */
  #fillSoon(): void {
    this.#filling ??= new Promise<void>((resolve) => setTimeout(resolve, GAP_MS))
      .then(() => this.refresh())
      .catch(() => undefined) // the next look finds it; whoever reads reports what is wrong
      .finally(() => {
        this.#filling = undefined;
        if (this.#early.size > 0 && !this.#isComing()) this.#fillSoon();
      });
  }

  /**
   * Looks in the store for what other processes wrote, unless this one has written since the last
   * look: then a gap before its next announcement, a moment later, shows what others did. True when
   * anything has come since the last look.
   */
  async look(): Promise<boolean> {
    const announced = this.#announced;
    this.#announced = false;
    if (announced || this.#coming.size > 0) return true;
    const before = this.#next;
    await this.refresh();
    return this.#next !== before;
  }

  /** Reads from the store whatever is not here yet. */
  async refresh(): Promise<void> {
    for (;;) {
      const from = this.#next;
      if (from === undefined) return;
      const records = await this.#readFrom(from, 1_000);
      // Meanwhile an announcement may have come first.
      const fresh = records.filter((r) => r.position >= (this.#next ?? 0));
      for (const [first] of this.#early) if (first < (this.#next ?? 0)) this.#early.delete(first);
      if (fresh.length > 0 && fresh[0]?.position === this.#next) {
        this.#othersMs = performance.now();
        this.#push(fresh);
      }
      this.#join();
      if (records.length < 1_000) return;
    }
  }

  /** Records from `position` on: from memory if they are there, else from the store. May be empty. */
  async from(position: number, limit: number): Promise<readonly LogRecord[]> {
    const first = this.#records[0]?.position ?? this.#next;
    if (first === undefined || position < first) {
      const records = await this.#readFrom(position, limit);
      if (this.#next === undefined && records.length < limit) {
        this.#next = (records.at(-1)?.position ?? position - 1) + 1;
        this.#join();
      }
      return records;
    }
    const at = position - first;
    return this.#records.slice(at, at + limit);
  }

  /** Resolves when something at or beyond `position` may be there, after `ms`, or when `until` fires. */
  async wait(position: number, ms: number, until: AbortSignal): Promise<void> {
    if (until.aborted || (this.#next !== undefined && this.#next > position)) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        until.removeEventListener('abort', wake);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      timer.unref();
      until.addEventListener('abort', wake, { once: true });
      this.#sleepers.add(wake);
    });
  }
}
