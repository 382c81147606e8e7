import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Claimed, Place, TimerIndex } from '../timers.ts';

/** An index and the rows it is an index of. */
export type TimerWorld = AsyncDisposable & {
  /** With leases of `LEASE_MS`. */
  readonly index: TimerIndex;
  /** Sets where a thing stands, in the rows and then in the index; undefined when it is due no more. */
  set(id: string, now: Place | undefined): Promise<void>;
};

/** What the worlds of the suite lease for, ms. */
export const LEASE_MS = 10_000;

/** Some Monday morning, with odd milliseconds: nothing may be rounded up or down. */
const NINE = Date.parse('2026-03-02T01:00:00.123Z');
const DAY_MS = 86_400_000;
const [WEST, EAST] = ['310110009', '310110019'];

/**
 * What every adapter of the timer index owes its users; `make` answers an empty world each time it is
 * called. To be called at the top of a test file.
 */
export function timerIndexConformance(name: string, make: () => Promise<TimerWorld>): void {
  describe(`the timer index (${name})`, () => {
    let world: TimerWorld;

    beforeEach(async () => {
      world = await make();
    });
    afterEach(() => world[Symbol.asyncDispose]());

    /** Arms a thing so many ms from nine. */
    const armed = async (offsetMs: number, centreId = WEST): Promise<string> => {
      const id = randomUUID();
      await world.set(id, { centreId, dueMs: NINE + offsetMs });
      return id;
    };
    const at = (offsetMs: number, centreId = WEST): Place => ({ centreId, dueMs: NINE + offsetMs });
    const claim = (offsetMs: number, limit = 10) => world.index.claim(NINE + offsetMs, limit);
    const claimed = async (offsetMs: number, limit = 10): Promise<string[]> =>
      (await claim(offsetMs, limit)).timers.map(({ id }) => id);
    /** What the loop does after the commit: the row has moved on, then the lease is given back. */
    const moveOn = async (timer: Claimed, now?: Place): Promise<void> => {
      await world.set(timer.id, now);
      await world.index.acknowledge([{ timer, now }], timer.dueMs);
    };
    const listed = async (centreId: string, limit = 10) =>
      (await world.index.countdown(centreId, limit)).map(({ id }) => id);

    it('knows of nothing when nothing is armed', async () => {
      expect(await claim(0)).toEqual({ timers: [], nextMs: undefined });
      expect(await world.index.nextDueMs()).toBeUndefined();
      expect(await listed(WEST)).toEqual([]);
    });

    it('names nothing a millisecond early and everything on the millisecond', async () => {
      const id = await armed(0);
      expect(await claim(-1)).toEqual({ timers: [], nextMs: NINE });
      expect((await claim(0)).timers).toMatchObject([{ id, dueMs: NINE }]);
    });

    it('names the longest overdue first, whosever they are, at most as many as asked for', async () => {
      const c = await armed(-1, EAST);
      const a = await armed(-3 * DAY_MS, EAST);
      await armed(1);
      const b = await armed(-50);
      const first = await claim(0, 2);
      expect(first.timers.map(({ id }) => id)).toEqual([a, b]);
      expect(first.nextMs).toBeLessThanOrEqual(NINE);
      const second = await claim(0, 2);
      expect(second.timers.map(({ id }) => id)).toEqual([c]);
      expect(second.nextMs).toBe(NINE + 1);
    });

    it('tells when to claim next', async () => {
      const [soon, later] = [await armed(20), await armed(5 * DAY_MS, EAST)];
      expect((await claim(0)).nextMs).toBe(NINE + 20);
      expect(await world.index.nextDueMs()).toBe(NINE + 20);
      expect(await claimed(20)).toEqual([soon]);
      expect((await claim(21)).nextMs).toBe(NINE + 20 + LEASE_MS);
      await world.set(later, at(30, EAST));
      expect(await claimed(30)).toEqual([later]);
    });

    it('gives what is claimed to nobody else before the lease ends, and then again', async () => {
      const id = await armed(-1);
      expect(await claimed(0)).toEqual([id]);
      const other = await armed(-1);
      expect(await claimed(LEASE_MS - 1)).toEqual([other]);
      expect(await claimed(LEASE_MS)).toEqual([id]);
      expect(await claimed(LEASE_MS)).toEqual([]);
    });

    it('forgets what is due no more, and names at its new due what moved on', async () => {
      const [gone, moved] = [await armed(-2), await armed(-1)];
      const { timers } = await claim(0);
      expect(timers.map(({ id }) => id)).toEqual([gone, moved]);
      for (const timer of timers) await moveOn(timer, timer.id === moved ? at(500) : undefined);
      expect(await claim(499)).toEqual({ timers: [], nextMs: NINE + 500 });
      expect(await claimed(LEASE_MS + 1)).toEqual([moved]);
    });

    it('names what moved on to an instant that has passed at once', async () => {
      const id = await armed(-2_000);
      const [timer] = (await claim(0)).timers;
      if (timer !== undefined) await moveOn(timer, at(-1_000));
      expect((await claim(0)).timers).toMatchObject([{ id, dueMs: NINE - 1_000 }]);
    });

    it('names what did not move on again when it is told to, and what is behind it meanwhile', async () => {
      const [stuck, good] = [await armed(-2), await armed(-1)];
      const [timer] = (await claim(0, 1)).timers;
      if (timer === undefined) throw new Error('nothing was claimed');
      await world.index.acknowledge([{ timer, now: at(-2) }], NINE + 400);
      expect(await claimed(0)).toEqual([good]);
      expect(await claimed(399)).toEqual([]);
      expect((await claim(399)).nextMs).toBe(NINE + 400);
      expect(await claimed(400)).toEqual([stuck]);
    });

    it('changes nothing for who was away longer than the lease', async () => {
      const id = await armed(-1);
      const [late] = (await claim(0)).timers;
      const [taken] = (await claim(LEASE_MS)).timers;
      if (late === undefined || taken === undefined) throw new Error('nothing was claimed');
      await world.index.acknowledge([{ timer: late }], NINE);
      expect(await claimed(2 * LEASE_MS - 1)).toEqual([]);
      expect(await claimed(2 * LEASE_MS)).toEqual([id]);
    });

    it('names nothing at an instant it was moved away from, nor what was taken off', async () => {
      const [later, earlier, gone] = [await armed(10), await armed(DAY_MS), await armed(20)];
      await world.set(later, at(DAY_MS + 1));
      await world.set(earlier, at(5, EAST));
      await world.set(gone, undefined);
      expect(await claimed(30)).toEqual([earlier]);
      expect(await listed(WEST)).toEqual([later]);
    });

    it('has a centre’s own list in order, with what is leased', async () => {
      const last = await armed(9 * DAY_MS);
      const [second, first] = [await armed(0), await armed(-1)];
      await armed(-2, EAST);
      const third = await armed(1);
      await claim(-1);
      expect(await listed(WEST)).toEqual([first, second, third, last]);
      expect(await listed(WEST, 2)).toEqual([first, second]);
      const [top] = await world.index.countdown(WEST, 1);
      expect(top).toEqual({ id: first, dueMs: NINE - 1 });
      expect(await listed('310110')).toEqual([]);
    });

    it('reaches everything through small pages, however much is due at one place', async () => {
      const ids = new Set<string>();
      for (let n = 0; n < 150; n++) ids.add(await armed(-((n * 7) % 25), n % 3 ? WEST : EAST));
      for (let n = 0; n < 20; n++) ids.add(await armed(-n * DAY_MS, EAST));
      const dues: number[] = [];
      let next: number | undefined = NINE;
      while (next !== undefined && next <= NINE) {
        const { timers, nextMs } = await claim(0, 40);
        dues.push(...timers.map(({ dueMs }) => dueMs));
        expect(timers.filter(({ id }) => !ids.delete(id))).toEqual([]);
        next = nextMs;
      }
      expect(ids.size).toBe(0);
      expect(dues).toEqual(dues.toSorted((a, b) => a - b));
    });
  });
}
