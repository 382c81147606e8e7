import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fresh } from './conformance.ts';
import { numbered, type ReaderOptions, range, startReader, until } from './world.ts';

/** A reader of the test that is disposed with it. */
export async function reading(log: Parameters<typeof startReader>[0], options?: ReaderOptions) {
  const reader = await startReader(log, options);
  onTestFinished(() => reader.subscription[Symbol.asyncDispose]());
  return reader;
}

/** Records that hold events with these ids. */
const identified = (...ids: readonly string[]) =>
  ids.map((id) => ({ key: 'a', body: JSON.stringify({ id }) }));

/** Where a reader begins, what it is given, and what becomes of what it refuses. */
export function readingConformance(fresh: Fresh): void {
  placesConformance(fresh);
  redeliveryConformance(fresh);
  endingConformance(fresh);
}

function placesConformance(fresh: Fresh): void {
  describe('where a reader begins', () => {
    it('begins at the earliest when no position is known, and goes on with what comes', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 10));
      const reader = await reading(log);
      await reader.has(10);
      await log.publish('again', numbered('a', 11, 20));
      await reader.has(20);
      expect(reader.positions()).toEqual(range(1, 20));
      expect(reader.bodies()).toEqual(numbered('a', 1, 20).map((r) => r.body));
    });

    it('begins behind the record it has stored', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 10));
      const reader = await reading(log, { from: async () => [{ partition: 0, position: 7 }] });
      await reader.has(3);
      expect(reader.positions()).toEqual([8, 9, 10]);
    });

    it('begins behind the very event it has stored, and says nothing of another log', async () => {
      const { log } = fresh();
      await log.publish('again', identified('a', 'b', 'c'));
      let replaced = 0;
      const reader = await reading(log, {
        from: async () => [{ partition: 0, position: 2, eventId: 'b' }],
        async replaced() {
          replaced += 1;
        },
      });
      await reader.has(1);
      expect(reader.positions()).toEqual([3]);
      expect(replaced).toBe(0);
    });

    it.each([
      ['another record', 2],
      ['no record', 9],
    ])('begins anew when the log has %s where one was stored', async (_what, position) => {
      const { log } = fresh();
      await log.publish('again', identified('a', 'x', 'c'));
      const replaced: number[] = [];
      const reader = await reading(log, {
        from: async () => [{ partition: 0, position, eventId: 'b' }],
        async replaced(partition) {
          replaced.push(partition);
        },
      });
      await reader.has(3);
      expect(reader.positions()).toEqual([1, 2, 3]);
      expect(replaced).toEqual([0]);
    });

    it('reads nothing while the reader will not have another log, and asks again', async () => {
      const { log } = fresh();
      await log.publish('again', identified('a', 'x', 'c'));
      let refusals = 0;
      const reader = await reading(log, {
        from: async () => [{ partition: 0, position: 2, eventId: refusals < 2 ? 'b' : 'x' }],
        async replaced() {
          refusals += 1;
          throw new Error('not mine');
        },
      });
      await reader.has(1);
      expect(reader.positions()).toEqual([3]);
      expect(refusals).toBe(2);
    });

    it('begins at the end when told so, and is given the next record only', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 10));
      const reader = await reading(log, { from: async () => 'end' });
      await until(() => reader.subscription.active);
      await log.publish('again', numbered('a', 11, 11));
      await reader.has(1);
      expect(reader.positions()).toEqual([11]);
    });

    it('believes `from` rather than what the log remembers of the group', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 10));
      const first = await startReader(log);
      await first.has(10);
      await first.subscription[Symbol.asyncDispose]();
      const again = await reading(log, { from: async () => [{ partition: 0, position: 4 }] });
      await again.has(6);
      expect(again.positions()).toEqual(range(5, 10));
    });

    it('asks `from` until it gets an answer', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 2));
      let asked = 0;
      const reader = await reading(log, {
        async from() {
          asked += 1;
          if (asked < 3) throw new Error('the database is away');
          return [];
        },
      });
      await reader.has(2);
      expect(asked).toBe(3);
    });

    it('tells how far a reader is behind, and that one that has all is not', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 7));
      const gate = Promise.withResolvers<void>();
      const reader = await reading(log, { before: () => gate.promise });
      await until(async () => (await reader.subscription.lag()) === 7, 'a lag of 7');
      gate.resolve();
      await until(async () => (await reader.subscription.lag()) === 0, 'no lag');
      expect(reader.positions()).toEqual(range(1, 7));
    });
  });
}

function redeliveryConformance(fresh: Fresh): void {
  const mistakes = [
    ['an Error', () => new Error('no')],
    ['a TypeError', () => new TypeError('undefined is not a function')],
    ['something that is no error', () => 'no'],
  ] as const;

  describe('what a reader refuses', () => {
    it.each(mistakes)('comes again after a rejection with %s', async (_what, mistake) => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 5));
      const seen: number[][] = [];
      const reader = await reading(log, {
        before(records) {
          seen.push(records.map((r) => r.position));
          // What adapters must survive is exactly what nobody should throw.
          // oxlint-disable-next-line typescript/only-throw-error -- what is thrown is the test
          if (seen.length <= 2) throw mistake();
        },
      });
      await reader.has(5);
      expect(seen.slice(0, 3)).toEqual([range(1, 5), range(1, 5), range(1, 5)]);
      await log.publish('again', numbered('a', 6, 6));
      await reader.has(6);
      expect(reader.positions()).toEqual(range(1, 6));
    });

    it('does not hold up the readers of other groups', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 5));
      const stubborn = await reading(log, {
        group: 'stubborn',
        before() {
          throw new Error('never');
        },
      });
      const other = await reading(log, { group: 'other' });
      await other.has(5);
      expect(stubborn.taken).toEqual([]);
    });
  });
}

function endingConformance(fresh: Fresh): void {
  describe('the end of a reader', () => {
    it('comes when the batch in hand is taken, and nothing is handed over after it', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 5));
      const gate = Promise.withResolvers<void>();
      let begun = 0;
      const reader = await startReader(log, {
        async before() {
          begun += 1;
          await gate.promise;
        },
      });
      await until(() => begun === 1);
      let over = false;
      const ending = reader.subscription[Symbol.asyncDispose]().then(() => {
        over = true;
      });
      await log.publish('again', numbered('a', 6, 10));
      expect(over).toBe(false);
      gate.resolve();
      await ending;
      expect(reader.positions()).toEqual(range(1, 5));
      await log.publish('again', numbered('a', 11, 11));
      const witness = await reading(log, { group: 'witness' });
      await witness.has(11);
      expect(reader.positions()).toEqual(range(1, 5));
      expect(begun).toBe(1);
    });

    it('comes while it only stands by or waits, without delay', async () => {
      const { log } = fresh();
      const idle = await startReader(log);
      await until(() => idle.subscription.active);
      const standby = await startReader(log);
      await standby.subscription[Symbol.asyncDispose]();
      await idle.subscription[Symbol.asyncDispose]();
      expect(idle.subscription.active).toBe(false);
    });

    it('comes with the end of the log, which waits for the batches in hand', async () => {
      const { world } = fresh();
      const log = await world.open();
      await log.publish('again', numbered('a', 1, 5));
      const gate = Promise.withResolvers<void>();
      let begun = 0;
      const reader = await startReader(log, {
        async before() {
          begun += 1;
          await gate.promise;
        },
      });
      await until(() => begun === 1);
      let over = false;
      const ending = log[Symbol.asyncDispose]().then(() => {
        over = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(over).toBe(false);
      gate.resolve();
      await ending;
      expect(reader.positions()).toEqual(range(1, 5));
    });
  });
}
