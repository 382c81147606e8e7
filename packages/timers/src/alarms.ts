import type { Due, TimerIndex } from './timers.ts';

export type AlarmsOptions = {
  readonly index: TimerIndex;
  /** Milliseconds by the clock the due instants were computed with. */
  nowMs(): number;
  /** Looks after one thing that is due; must be harmless when called early, late or twice. */
  nudge(id: string): Promise<void>;
  /** Between two looks at everything that is due, ms: what others armed meanwhile is found then. */
  readonly maxSleepMs?: number;
  onFailure?(error: unknown): void;
  /** Told after each page of nudges. */
  onRound?(facts: { readonly nudged: number }): void;
};

export type Alarms = AsyncDisposable & {
  /** Milliseconds since everything due was last gone through without failing. */
  silentMs(): number;
};

const BATCH = 500;

/**
 * Nudges whatever has come due, for ever, until disposed. An alarm is just a nudge: nothing is lost
 * when one is missed, a later round finds it again. What does not move on when nudged, or cannot be
 * nudged, keeps nobody behind it waiting and is nudged again once every `maxSleepMs`.
 */
export function startAlarms(options: AlarmsOptions): Alarms {
  const { index } = options;
  const maxSleepMs = options.maxSleepMs ?? 1_000;
  const stop = new AbortController();
  /** When everything due was last gone through. */
  let wholeAtMs = Number.NEGATIVE_INFINITY;
  let roundedMs = performance.now();
  /** The last thing looked after since that began. */
  let reached: Due | undefined;

  async function nudgeAll(due: readonly Due[]): Promise<void> {
    const outcomes = await Promise.allSettled(due.map(({ id }) => options.nudge(id)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) options.onFailure?.(failed.reason);
    options.onRound?.({ nudged: due.length });
  }

  /** Each is nudged once; answers how long to sleep, ms. */
  async function round(): Promise<number> {
    const startMs = options.nowMs();
    const whole = startMs - wholeAtMs >= maxSleepMs || startMs < wholeAtMs;
    if (whole) reached = undefined;
    for (let full = true; full && !stop.signal.aborted; ) {
      const due = await index.due(startMs, BATCH, reached);
      await nudgeAll(due);
      reached = due.at(-1) ?? reached;
      full = due.length === BATCH;
    }
    const next = await index.nextDueMs(startMs);
    const nowMs = options.nowMs();
    if (whole) wholeAtMs = nowMs;
    roundedMs = performance.now();
    return Math.max(5, Math.min(next ?? Number.POSITIVE_INFINITY, wholeAtMs + maxSleepMs) - nowMs);
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const sleepMs = await round().catch((error: unknown) => {
        options.onFailure?.(error);
        return maxSleepMs;
      });
      await pause(sleepMs, stop.signal);
    }
  }

  const running = run();
  return {
    silentMs: () => performance.now() - roundedMs,
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
