import { setTimeout as after } from 'node:timers/promises';
import { percentile } from '../statistics.ts';
import { makeTimers, type Timer, type TimersArm } from './timers-arm.ts';

/** One measured run of one arm. */
export type TimersResult = {
  readonly armPerSecond: number;
  /** What the server keeps for one timer. */
  readonly bytesEach: number;
  readonly cancelPerSecond: number;
  readonly lateP50Ms: number;
  readonly lateP99Ms: number;
  /** From `kill -9` until it answers with all it had; not a number where it was not tried. */
  readonly restartSeconds: number;
};

/** How many come due while the others wait, a second: a city's worst hour tenfold. */
const DUE_PER_SECOND = 833;
const DUE_SHARE = 0.05;
const CANCEL_SHARE = 0.1;
const SOON_MS = 2_000;
const HOUR_MS = 3_600_000;
const FAR_MS = 240 * HOUR_MS;
const GIVE_UP_MS = 30_000;

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return (performance.now() - startedAt) / 1_000;
}

/** How late each of those rang that come due within the next while, ms. */
async function lateness(arm: TimersArm, count: number): Promise<readonly number[]> {
  const late: number[] = [];
  const dues = new Map<string, number>();
  const all = Promise.withResolvers<void>();
  await arm.ring((id) => {
    const dueMs = dues.get(id);
    if (dueMs === undefined) return;
    dues.delete(id);
    late.push(Date.now() - dueMs);
    if (late.length === count) all.resolve();
  });
  const fromMs = Date.now() + SOON_MS;
  const spanMs = (count / DUE_PER_SECOND) * 1_000;
  const timers = makeTimers(count, fromMs, fromMs + spanMs);
  for (const { id, dueMs } of timers) dues.set(id, dueMs);
  await arm.arm(timers);
  const givenUp = after(SOON_MS + spanMs + GIVE_UP_MS, 'given up', { ref: false });
  if ((await Promise.race([all.promise, givenUp])) === 'given up') {
    throw new Error(`${dues.size} of ${count} timers never rang`);
  }
  return late;
}

/** Arms `count` timers, cancels some, lets others ring, and kills the server at the end. */
export async function measureTimers(arm: TimersArm, count: number): Promise<TimersResult> {
  const due = Math.round(count * DUE_SHARE);
  const nowMs = Date.now();
  const far: readonly Timer[] = makeTimers(count - due, nowMs + HOUR_MS, nowMs + FAR_MS);
  const emptyBytes = await arm.usedBytes();
  const armSeconds = await secondsOf(arm.arm(far));
  const bytesEach = ((await arm.usedBytes()) - emptyBytes) / far.length;
  const cancelled = far.slice(0, Math.round(count * CANCEL_SHARE));
  const cancelSeconds = await secondsOf(arm.cancel(cancelled));
  const late = await lateness(arm, due);
  const restartSeconds = arm.restart === undefined ? Number.NaN : await secondsOf(arm.restart());
  return {
    armPerSecond: far.length / armSeconds,
    bytesEach,
    cancelPerSecond: cancelled.length / cancelSeconds,
    lateP50Ms: percentile(late, 50),
    lateP99Ms: percentile(late, 99),
    restartSeconds,
  };
}
