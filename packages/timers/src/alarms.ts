import type { TimerIndex } from './timers.ts';

export type AlarmsOptions = {
  readonly index: TimerIndex;
  /** Milliseconds by the clock the due instants were computed with. */
  nowMs(): number;
  /** Looks after one thing that is due; must be harmless when called early, late or twice. */
  nudge(id: string): Promise<void>;
  /** How long the loop sleeps at most, ms: what others armed meanwhile is found then. */
  readonly maxSleepMs?: number;
  onFailure?(error: unknown): void;
  /** How late the nudges of one round were, ms. */
  onRound?(facts: { readonly nudged: number }): void;
};

const BATCH = 500;

/**
 * Nudges whatever has come due, for ever, until disposed. An alarm is just a nudge: nothing is lost
 * when one is missed, the next round finds it again.
 */
export function startAlarms(options: AlarmsOptions): AsyncDisposable {
  const { index, nudge } = options;
  const maxSleepMs = options.maxSleepMs ?? 1_000;
  const stop = new AbortController();

  async function round(): Promise<number> {
    const ids = await index.due(options.nowMs(), BATCH);
    await Promise.all(ids.map(nudge));
    options.onRound?.({ nudged: ids.length });
    if (ids.length === BATCH) return 0;
    const next = await index.nextDueMs();
    return next === undefined ? maxSleepMs : Math.max(5, next - options.nowMs());
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const sleepMs = await round().catch((error: unknown) => {
        options.onFailure?.(error);
        return maxSleepMs;
      });
      await pause(Math.min(sleepMs, maxSleepMs), stop.signal);
    }
  }

  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

function pause(ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (until.aborted) {
      resolve();
      return;
    }
    const wake = () => {
      clearTimeout(timer);
      until.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    until.addEventListener('abort', wake, { once: true });
  });
}
