import type { Stage } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import type { LeftRow, StageStore } from './store.ts';

export type HandOverWatchOptions = {
  readonly store: StageStore;
  readonly log: Pick<EventLog, 'publish'>;
  /**
   * Where to: a log that stands elsewhere has lost them, and its full readers with it; in the one all share
   * they stand, and only their receivers are told once more.
   */
  readonly topic: 'incidents' | 'again';
  /** The versions another stage has of these incidents. */
  versionsAt(stage: Stage, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  readonly everyMs?: number;
  /** A hand-over is looked for when it is this old, ms. */
  readonly afterMs?: number;
  /** Told after each round: the age of the oldest hand-over nobody has taken, 0 when there is none. */
  onRound?(facts: { readonly oldestMs: number; readonly again: number }): void;
  onFailure?(error: unknown): void;
};

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Sees to it that what this stage has handed over is taken: each minute the receivers are asked in bulk
 * about hand-overs older than 60 s, and those not taken are published once more, until they are. What
 * a receiver has taken and handed on has a higher version there, and counts as taken.
 */
export function startHandOverWatch(options: HandOverWatchOptions): AsyncDisposable {
  const { store, everyMs = MINUTE_MS, afterMs = MINUTE_MS } = options;
  // At the start a day is looked through, then what has left since.
  let fromMs = store.nowMs() - DAY_MS;
  let open: readonly LeftRow[] = [];

  async function round(): Promise<void> {
    const toMs = store.nowMs() - afterMs;
    const left = [...open, ...(await store.leftBetween(fromMs, toMs))];
    open = await notTaken(left);
    fromMs = toMs;
    const bodies: { key: string; body: string }[] = [];
    for (const { incidentId, version } of open) {
      // As it was recorded: a full reader may be given it for the first time.
      const body = await store.words(incidentId, version);
      if (body !== undefined) bodies.push({ key: incidentId, body });
    }
    await options.log.publish(options.topic, bodies);
    const oldest = open.reduce((least, row) => Math.min(least, row.leftMs), store.nowMs());
    options.onRound?.({ oldestMs: store.nowMs() - oldest, again: bodies.length });
  }

  async function notTaken(left: readonly LeftRow[]): Promise<LeftRow[]> {
    const waiting: LeftRow[] = [];
    for (const [stage, rows] of Map.groupBy(left, (row) => row.custodian)) {
      const known = await options.versionsAt(
        stage,
        rows.map((row) => row.incidentId),
      );
      waiting.push(...rows.filter((row) => (known.get(row.incidentId) ?? 0) < row.version));
    }
    return waiting;
  }

  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= round()
      .catch((error: unknown) => options.onFailure?.(error))
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
