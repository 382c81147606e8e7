import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Due, TimerIndex } from '../timers.ts';

/** An index and the rows it is an index of. */
export type TimerWorld = AsyncDisposable & {
  readonly index: TimerIndex;
  /** Sets when a thing is due, ms; undefined when it is due no more. */
  set(id: string, dueMs: number | undefined): Promise<void>;
};

/** Some Monday morning, with odd milliseconds: nothing may be rounded up or down. */
const NINE = Date.parse('2026-03-02T01:00:00.123Z');

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

    const dueBy = async (nowMs: number, limit: number, after?: Due): Promise<string[]> =>
      (await world.index.due(nowMs, limit, after)).map(({ id }) => id);

    /** Arms a thing so many ms from nine. */
    const armed = async (offsetMs: number): Promise<string> => {
      const id = randomUUID();
      await world.set(id, NINE + offsetMs);
      return id;
    };

    it('knows of nothing when nothing is armed', async () => {
      expect(await dueBy(NINE, 10)).toEqual([]);
      expect(await world.index.nextDueMs()).toBeUndefined();
    });

    it('names nothing a millisecond early and everything on the millisecond', async () => {
      const id = await armed(0);
      expect(await dueBy(NINE - 1, 10)).toEqual([]);
      expect(await dueBy(NINE, 10)).toEqual([id]);
      expect(await world.index.nextDueMs()).toBe(NINE);
    });

    it('names the longest overdue first, and at most as many as asked for', async () => {
      const [c, a, , b] = [await armed(-1), await armed(-9_000), await armed(1), await armed(-50)];
      expect(await dueBy(NINE, 10)).toEqual([a, b, c]);
      expect(await dueBy(NINE, 2)).toEqual([a, b]);
      expect(await world.index.nextDueMs()).toBe(NINE - 9_000);
    });

    it('names the same again until the row has moved on', async () => {
      const id = await armed(-1);
      const later = await armed(500);
      expect(await dueBy(NINE, 10)).toEqual([id]);
      expect(await dueBy(NINE, 10)).toEqual([id]);
      await world.set(id, NINE + 1_000);
      expect(await dueBy(NINE, 10)).toEqual([]);
      expect(await world.index.nextDueMs()).toBe(NINE + 500);
      expect(await dueBy(NINE + 1_000, 10)).toEqual([later, id]);
      await world.set(id, undefined);
      expect(await dueBy(NINE + 1_000, 10)).toEqual([later]);
    });

    it('goes on behind what it was shown last, also among those of one instant', async () => {
      const ids = [await armed(-3), await armed(-3), await armed(-3), await armed(-2)];
      await armed(1);
      const all = await world.index.due(NINE, 10);
      expect(new Set(all.map(({ id }) => id))).toEqual(new Set(ids));
      expect(all.map(({ dueMs }) => dueMs - NINE)).toEqual([-3, -3, -3, -2]);
      for (const [n, one] of all.entries()) {
        expect(await world.index.due(NINE, 10, one)).toEqual(all.slice(n + 1));
      }
    });

    it('tells what is due next beyond an instant', async () => {
      await armed(-7);
      await armed(0);
      await armed(20);
      expect(await world.index.nextDueMs(NINE - 7)).toBe(NINE);
      expect(await world.index.nextDueMs(NINE)).toBe(NINE + 20);
      expect(await world.index.nextDueMs(NINE + 20)).toBeUndefined();
    });

    it('reaches everything through small pages when what was named moves on', async () => {
      const ids = new Set<string>();
      for (let n = 0; n < 25; n++) ids.add(await armed(-((n * 7) % 25)));
      const named = new Set<string>();
      for (;;) {
        const page = await dueBy(NINE, 4);
        if (page.length === 0) break;
        for (const id of page) {
          expect(named.has(id)).toBe(false);
          named.add(id);
          await world.set(id, undefined);
        }
      }
      expect(named).toEqual(ids);
    });
  });
}
