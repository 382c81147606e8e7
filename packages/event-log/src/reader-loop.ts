import type { LogRecord, Start, Subscribe, Subscription } from './event-log.ts';
import { pause } from './pause.ts';
import { hasEvent } from './record.ts';
import type { Tail } from './tail.ts';

/** The most records a reader is given at once. */
const BATCH_MAX = 1_000;
/** How long a reader sleeps when nothing comes, ms; it is woken when something does. */
const IDLE_MS = 250;
const STANDBY_MS = 1_000;
const RETRY_MS = 200;

export type ReaderLoop = Subscribe & {
  readonly tail: Tail;
  end(): Promise<number>;
  /** The record at a position, if there is one. */
  at(position: number): Promise<LogRecord | undefined>;
  /** Runs `work` while this is the group's only active reader; false when another one is. */
  exclusively(group: string, work: (lost: AbortSignal) => Promise<void>): Promise<boolean>;
  readonly stopping: AbortSignal;
};

/**
 * One reader: stands by until it is the active one of its group, begins where `from` says, and hands
 * batches over one at a time until it is disposed. Whatever fails is tried again for ever.
 */
export function readerLoop(options: ReaderLoop): Subscription {
  const stop = new AbortController();
  const stopped = AbortSignal.any([stop.signal, options.stopping]);
  let active = false;
  let next: number | undefined;
  let gotOnMs = performance.now();

  async function readOn(lost: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([stopped, lost]);
    next = await firstOf(options, await options.from());
    active = true;
    while (!ended.aborted) {
      const records = await options.tail.from(next, BATCH_MAX);
      const last = records.at(-1);
      if (last === undefined) await options.tail.wait(next, IDLE_MS, ended);
      else {
        await options.onBatch(records);
        next = last.position + 1;
      }
      gotOnMs = performance.now();
    }
  }

  async function begin(): Promise<boolean> {
    if (options.group !== undefined) return options.exclusively(options.group, readOn);
    await readOn(stopped);
    return true;
  }

  async function run(): Promise<void> {
    while (!stopped.aborted) {
      const mine = await begin().catch(() => undefined);
      active = false;
      if (mine !== undefined) gotOnMs = performance.now();
      if (stopped.aborted) return;
      await pause(mine === undefined ? RETRY_MS : STANDBY_MS, stopped);
    }
  }

  const running = run();
  return {
    get active() {
      return active;
    },
    async lag() {
      return active && next !== undefined ? Math.max(0, (await options.end()) - next) : 0;
    },
    silentMs: () => performance.now() - gotOnMs,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** Where reading begins in the one partition there is. */
async function firstOf(options: ReaderLoop, start: Start): Promise<number> {
  if (start === 'end') return options.end();
  const [stored] = start;
  if (stored === undefined) return 1;
  const { partition, position, eventId } = stored;
  if (eventId === undefined || hasEvent(await options.at(position), eventId)) return position + 1;
  await options.replaced?.(partition);
  return 1;
}
