import { vi } from 'vitest';
import type { EventLog, LogRecord, Start, Subscription, Topic } from '../event-log.ts';

/** One set of records and the means to look at it as several processes do. */
export type LogWorld = AsyncDisposable & {
  /** The log as one more process has it; the same records whoever opens it. */
  open(): Promise<EventLog>;
};

/** A reader that notes down what it is given. */
export type Reader = {
  readonly subscription: Subscription;
  readonly taken: LogRecord[];
  readonly positions: () => number[];
  readonly bodies: () => string[];
  /** Resolves when at least so many records were taken. */
  readonly has: (count: number) => Promise<void>;
};

export type ReaderOptions = {
  readonly topic?: Topic;
  /** Null for one that is on its own. */
  readonly group?: string | null;
  readonly from?: () => Promise<Start>;
  readonly replaced?: (partition: number) => Promise<void>;
  /** Called before a batch counts as taken. */
  readonly before?: (records: readonly LogRecord[]) => Promise<void> | void;
};

/** Subscribes and keeps all that was taken. */
export async function startReader(log: EventLog, options: ReaderOptions = {}): Promise<Reader> {
  const taken: LogRecord[] = [];
  const subscription = await log.subscribe({
    topic: options.topic ?? 'again',
    ...(options.group === null ? {} : { group: options.group ?? 'reader' }),
    from: options.from ?? (async () => []),
    ...(options.replaced === undefined ? {} : { replaced: options.replaced }),
    async onBatch(records) {
      await options.before?.(records);
      taken.push(...records);
    },
  });
  return {
    subscription,
    taken,
    positions: () => taken.map((record) => record.position),
    bodies: () => taken.map((record) => record.body),
    has: (count) => until(() => taken.length >= count, `${count} records`),
  };
}

/** How long a thing that has to happen may take, ms. */
const PATIENCE_MS = 15_000;

/** Waits for a thing to become true, looking again and again. */
export async function until(
  probe: () => boolean | Promise<boolean>,
  what = 'it',
  timeout = PATIENCE_MS,
): Promise<void> {
  const look = async () => {
    if (!(await probe())) throw new Error(`waited in vain for ${what}`);
  };
  await vi.waitFor(look, { timeout, interval: 5 });
}

/** The numbers from `first` to `last`. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** Records of one key, told apart by their number. */
export const numbered = (key: string, first: number, last: number) =>
  range(first, last).map((n) => ({ key, body: `{"key":"${key}","n":${n}}` }));
