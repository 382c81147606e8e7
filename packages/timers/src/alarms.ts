import { Sleep } from './sleep.ts';
import type { Change, Claimed, Due, Place, TimerIndex, TimerRows } from './timers.ts';

export type AlarmsOptions = {
  readonly index: TimerIndex;
  /** What the index is an index of. */
  readonly rows: TimerRows;
  /** Milliseconds by the clock the due instants were computed with. */
  nowMs(): number;
  /** Looks after one thing that is due; must be harmless when called early, late or twice. */
  nudge(id: string): Promise<void>;
  /** Between two looks at the index, ms: what others armed meanwhile is found then. */
  readonly maxSleepMs?: number;
  /** Between two looks into the rows for what the index has lost, ms. */
  readonly sweepMs?: number;
  onFailure?(error: unknown): void;
  /** Told after each page of nudges; the last due instants they were claimed by, ms. */
  onRound?(facts: { readonly nudged: number; readonly dueMs: readonly number[] }): void;
  /** Told when a sweep found in the rows what the index should have had. */
  onMissing?(count: number): void;
};

export type Alarms = AsyncDisposable & {
  /** Milliseconds since everything due was last gone through without failing. */
  silentMs(): number;
  /** Tells the index what a commit has changed, and wakes up for what is due earlier. Never fails. */
  arm(changes: readonly Change[]): void;
};

const BATCH = 500;
/** The least rest, ms: what comes due within it is claimed together. */
const REST_MS = 1;
const SWEEP_MS = 15_000;
/** What is overdue by less may be in somebody's hands, ms. */
const GRACE_MS = 2_000;

/**
 * Nudges whatever has come due, for ever, until disposed. An alarm is just a nudge: nothing is lost
 * when one is missed, a later round finds it again, a sweep at the latest. What does not move on when
 * nudged, or cannot be nudged, keeps nobody behind it waiting and is nudged again about once every
 * `maxSleepMs`.
 */
export function startAlarms(options: AlarmsOptions): Alarms {
  const { index, rows } = options;
  const { maxSleepMs = 1_000, sweepMs = SWEEP_MS } = options;
  const stop = new AbortController();
  const sleep = new Sleep(options.nowMs, stop.signal);
  let roundedMs = performance.now();
  let sweptMs = performance.now();

  /** Where the rows say these stand; nothing known when they do not answer. */
  async function truth(ids: readonly string[]): Promise<ReadonlyMap<string, Place> | undefined> {
    try {
      return await rows.dues(ids);
    } catch (error) {
      options.onFailure?.(error);
      return undefined;
    }
  }

  async function lookAfter(timers: readonly Claimed[]): Promise<void> {
    const outcomes = await Promise.allSettled(timers.map(({ id }) => options.nudge(id)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) options.onFailure?.(failed.reason);
    options.onRound?.({ nudged: timers.length, dueMs: timers.map(({ dueMs }) => dueMs) });
    const places = await truth(timers.map(({ id }) => id));
    const settled = timers.map((timer) => {
      const now = places === undefined ? unmoved(timer) : places.get(timer.id);
      if (now !== undefined && now.dueMs !== timer.dueMs) sleep.atMost(now.dueMs);
      return { timer, now };
    });
    await index.acknowledge(settled, options.nowMs() + maxSleepMs);
  }

  /** Looks after all that is due. */
  async function round(): Promise<void> {
    for (let more = true; more && !stop.signal.aborted; ) {
      const nowMs = options.nowMs();
      const { timers, nextMs = Number.POSITIVE_INFINITY } = await index.claim(nowMs, BATCH);
      if (timers.length > 0) await lookAfter(timers);
      more = nextMs <= nowMs;
      if (!more) sleep.atMost(nextMs);
    }
    roundedMs = performance.now();
  }

  /** Enters again what the rows have overdue and the index has not; the next round finds it. */
  async function sweep(): Promise<void> {
    if (index.restore === undefined || performance.now() - sweptMs < sweepMs) return;
    sweptMs = performance.now();
    const beforeMs = options.nowMs() - GRACE_MS;
    let missing = 0;
    let after: Due | undefined;
    do {
      const page = await rows.due(beforeMs, BATCH, after);
      if (page.length > 0) missing += await index.restore(page);
      after = page.length === BATCH ? page.at(-1) : undefined;
    } while (after !== undefined && !stop.signal.aborted);
    if (missing === 0) return;
    options.onMissing?.(missing);
    sleep.atMost(beforeMs);
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      sleep.begin(maxSleepMs);
      try {
        await round();
        await sweep();
        await sleep.over(REST_MS);
      } catch (error) {
        options.onFailure?.(error);
        sleep.begin(maxSleepMs);
        await sleep.over(maxSleepMs);
      }
    }
  }

  const running = run();
  return {
    silentMs: () => performance.now() - roundedMs,
    arm(changes) {
      if (changes.length === 0) return;
      for (const { now } of changes) if (now !== undefined) sleep.atMost(now.dueMs);
      index.arm(changes).catch((error: unknown) => options.onFailure?.(error));
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** A place as good as the one it was claimed at: it did not move on as far as anybody knows. */
const unmoved = ({ dueMs }: Claimed): Place => ({ centreId: '', dueMs });
