import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AlarmsOptions, startAlarms } from './alarms.ts';
import { createMemoryTimers, type MemoryTimers } from './memory-timers.ts';
import type { Armed, Place, TimerIndex } from './timers.ts';

const NINE = Date.parse('2026-03-02T01:00:00.000Z');

const at = (dueMs: number): Place => ({ centreId: '310110', dueMs });

/** The index as it is but for one thing. */
const but = (timers: MemoryTimers, changes: Partial<TimerIndex>): MemoryTimers => ({
  ...timers,
  index: { ...timers.index, ...changes },
});

beforeEach(() => {
  vi.useFakeTimers({ now: NINE });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Alarms on the faked clock that note when they nudged what; a nudge moves the row on. */
function ringing(timers: MemoryTimers, options: Partial<AlarmsOptions> = {}) {
  const nudges: { readonly id: string; readonly atMs: number }[] = [];
  const alarms = startAlarms({
    index: timers.index,
    rows: timers.rows,
    nowMs: () => Date.now(),
    async nudge(id) {
      nudges.push({ id, atMs: Date.now() - NINE });
      timers.set(id, undefined);
    },
    ...options,
  });
  onTestFinished(() => alarms[Symbol.asyncDispose]());
  return { alarms, nudges };
}

describe('alarms', () => {
  it('nudge what is due when it is due, never early', async () => {
    const timers = createMemoryTimers();
    timers.set('overdue', at(NINE - 60_000));
    timers.set('soon', at(NINE + 300));
    timers.set('later', at(NINE + 2_500));
    const { nudges } = ringing(timers);
    await vi.advanceTimersByTimeAsync(299);
    expect(nudges).toEqual([{ id: 'overdue', atMs: 0 }]);
    await vi.advanceTimersByTimeAsync(1);
    expect(nudges.at(-1)).toEqual({ id: 'soon', atMs: 300 });
    await vi.advanceTimersByTimeAsync(2_199);
    expect(nudges).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(nudges.at(-1)).toEqual({ id: 'later', atMs: 2_500 });
  });

  it('tell how long it is since they last went through all that is due', async () => {
    const timers = createMemoryTimers();
    let works = true;
    const { alarms } = ringing(
      but(timers, {
        async claim(...given) {
          if (!works) throw new Error('no database');
          return timers.index.claim(...given);
        },
      }),
    );
    await vi.advanceTimersByTimeAsync(5_500);
    expect(alarms.silentMs()).toBeLessThanOrEqual(1_000);
    works = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(alarms.silentMs()).toBeGreaterThanOrEqual(60_000);
    works = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(alarms.silentMs()).toBeLessThanOrEqual(1_000);
  });

  it('find within their longest sleep what was armed meanwhile', async () => {
    const timers = createMemoryTimers();
    const { nudges } = ringing(timers, { maxSleepMs: 400 });
    await vi.advanceTimersByTimeAsync(10);
    timers.set('new', at(NINE));
    await vi.advanceTimersByTimeAsync(400);
    expect(nudges).toEqual([{ id: 'new', atMs: 400 }]);
  });

  it('wake up for what this process arms meanwhile, at its due', async () => {
    const timers = createMemoryTimers();
    timers.set('early', at(NINE + 5_000));
    const { alarms, nudges } = ringing(timers, { maxSleepMs: 60_000 });
    await vi.advanceTimersByTimeAsync(10);
    timers.set('new', at(NINE + 200));
    alarms.arm([{ id: 'new', now: at(NINE + 200) }]);
    await vi.advanceTimersByTimeAsync(189);
    expect(nudges).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(nudges).toEqual([{ id: 'new', atMs: 200 }]);
  });

  it('arm what moved on where its row says, also when the index had it elsewhere', async () => {
    const timers = createMemoryTimers();
    timers.set('moving', at(NINE));
    let rung = 0;
    ringing(timers, {
      maxSleepMs: 60_000,
      async nudge(id) {
        rung += 1;
        timers.set(id, at(NINE + rung * 700));
      },
    });
    await vi.advanceTimersByTimeAsync(1_400);
    expect(rung).toBe(3);
  });

  it('find by a sweep, and not before, what the index has lost', async () => {
    const timers = createMemoryTimers();
    const lost = createMemoryTimers();
    lost.set('lost', at(NINE - 60_000));
    lost.set('fresh', at(NINE - 10));
    const missing: number[] = [];
    const restore = async (armed: readonly Armed[]): Promise<number> => {
      for (const { id, ...place } of armed) timers.set(id, place);
      return armed.length;
    };
    const { index } = but(timers, { restore });
    const nudges: string[] = [];
    ringing(
      { ...timers, index, rows: lost.rows },
      {
        sweepMs: 20_000,
        onMissing: (count) => missing.push(count),
        async nudge(id) {
          nudges.push(id);
          timers.set(id, undefined);
          lost.set(id, undefined);
        },
      },
    );
    await vi.advanceTimersByTimeAsync(19_000);
    expect(nudges).toEqual([]);
    lost.set('fresh', at(NINE + 19_500));
    await vi.advanceTimersByTimeAsync(2_000);
    // What has only just come due may be in somebody's hands.
    expect(nudges).toEqual(['lost']);
    expect(missing).toEqual([1]);
  });

  it('nudge again what did not move on, once every longest sleep', async () => {
    const timers = createMemoryTimers();
    timers.set('stuck', at(NINE - 1));
    let nudges = 0;
    ringing(timers, {
      maxSleepMs: 400,
      async nudge() {
        nudges += 1;
      },
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(nudges).toBe(3);
  });

  it.each(['do nothing', 'fail'])(
    'reach what is due behind pages whose nudges %s',
    async (what) => {
      const timers = createMemoryTimers();
      for (let n = 0; n < 1_100; n++) timers.set(`stuck-${n}`, at(NINE - 5_000 - n));
      timers.set('good', at(NINE - 1));
      timers.set('soon', at(NINE + 300));
      const good: string[] = [];
      let stuck = 0;
      let looks = 0;
      ringing(
        but(timers, {
          claim: (...asked) => {
            looks += 1;
            return timers.index.claim(...asked);
          },
        }),
        {
          async nudge(id) {
            if (id.startsWith('stuck')) {
              stuck += 1;
              if (what === 'fail') throw new Error('never');
              return;
            }
            good.push(`${id} ${Date.now() - NINE}`);
            timers.set(id, undefined);
          },
        },
      );
      await vi.advanceTimersByTimeAsync(999);
      expect(good).toEqual(['good 0', 'soon 300']);
      expect(stuck).toBe(1_100);
      expect(looks).toBeLessThan(10);
      await vi.advanceTimersByTimeAsync(1);
      expect(stuck).toBe(2_200);
    },
  );

  it('nudge more than fits one round, without a sleep between', async () => {
    const timers = createMemoryTimers();
    for (let n = 0; n < 1_200; n++) timers.set(`thing-${n}`, at(NINE - n));
    const rounds: number[] = [];
    const { nudges } = ringing(timers, { onRound: ({ nudged }) => rounds.push(nudged) });
    await vi.advanceTimersByTimeAsync(4);
    expect(rounds).toEqual([500, 500, 200]);
    expect(new Set(nudges.map(({ id }) => id)).size).toBe(1_200);
  });

  it('outlive an index that fails, and tell of it', async () => {
    const timers = createMemoryTimers();
    timers.set('thing', at(NINE - 1));
    let broken = true;
    const failures: unknown[] = [];
    const { nudges } = ringing(
      but(timers, {
        claim: (...asked) =>
          broken ? Promise.reject(new Error('away')) : timers.index.claim(...asked),
      }),
      { onFailure: (error) => failures.push(error) },
    );
    await vi.advanceTimersByTimeAsync(2_500);
    expect(failures).toHaveLength(3);
    expect(nudges).toEqual([]);
    broken = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(nudges).toHaveLength(1);
  });

  it('nudge the others though one nudge fails each time', async () => {
    const timers = createMemoryTimers();
    timers.set('bad', at(NINE - 10));
    timers.set('good', at(NINE - 5));
    const good: string[] = [];
    ringing(timers, {
      async nudge(id) {
        if (id === 'bad') throw new Error('never');
        good.push(id);
        timers.set(id, undefined);
      },
    });
    await vi.advanceTimersByTimeAsync(1_500);
    timers.set('later', at(NINE + 2_000));
    await vi.advanceTimersByTimeAsync(2_500);
    expect(good).toEqual(['good', 'later']);
  });

  it('stop at once while they sleep, and after the round in hand', async () => {
    const timers = createMemoryTimers();
    const sleeping = ringing(timers);
    await vi.advanceTimersByTimeAsync(1);
    await sleeping.alarms[Symbol.asyncDispose]();

    const gate = Promise.withResolvers<void>();
    timers.set('slow', at(NINE - 1));
    const busy = ringing(timers, { nudge: () => gate.promise });
    await vi.advanceTimersByTimeAsync(1);
    let over = false;
    const ending = busy.alarms[Symbol.asyncDispose]().then(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(over).toBe(false);
    gate.resolve();
    await ending;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
