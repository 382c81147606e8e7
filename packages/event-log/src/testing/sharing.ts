import { describe, expect, it } from 'vitest';
import type { EventLog } from '../event-log.ts';
import type { Fresh } from './conformance.ts';
import { reading } from './reading.ts';
import { numbered, range, startReader, until } from './world.ts';

const CALLS = 100;
const BATCH = 100;

/** What holds between several readers and writers of one log. */
export function sharingConformance(fresh: Fresh): void {
  describe('readers of one group', () => {
    it('are active one at a time, in whatever process, and the next begins where `from` says', async () => {
      const { log, world } = fresh();
      const other = await world.open();
      let stored = 0;
      const from = async () => (stored === 0 ? [] : [{ partition: 0, position: stored }]);
      const before = (records: readonly { position: number }[]) => {
        stored = records.at(-1)?.position ?? stored;
      };
      const first = await startReader(log, { from, before });
      await until(() => first.subscription.active);
      const second = await reading(other, { from, before });
      const third = await reading(log, { from, before });
      await log.publish('again', numbered('a', 1, 50));
      await first.has(50);
      expect([second.subscription.active, third.subscription.active]).toEqual([false, false]);
      expect(await second.subscription.lag()).toBe(0);

      await first.subscription[Symbol.asyncDispose]();
      await other.publish('again', numbered('a', 51, 60));
      await until(() => second.taken.length + third.taken.length === 10, 'the next to take over');
      expect(first.positions()).toEqual(range(1, 50));
      const heir = second.taken.length > 0 ? second : third;
      expect(heir.positions()).toEqual(range(51, 60));
      expect([second.subscription.active, third.subscription.active].toSorted()).toEqual([
        false,
        true,
      ]);
    });

    it('tell how long they have not got on, which standing by is not', async () => {
      const { log } = fresh();
      let works = false;
      const before = () => {
        if (!works) throw new Error('not yet');
      };
      const { subscription, has } = await reading(log, { before });
      await log.publish('again', numbered('a', 1, 1));
      await until(() => subscription.silentMs() > 1_500, 'the reader to be missed');
      works = true;
      await has(1);
      const standby = await reading(log);
      await until(() => subscription.silentMs() < 1_000, 'the reader to be back');
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      // Which of the two stands by is the adapter's business.
      const both = [subscription, standby.subscription];
      expect(both.filter(({ active }) => active)).toHaveLength(1);
      for (const each of both) expect(each.silentMs()).toBeLessThan(1_400);
    }, 15_000);

    it('are another group’s neighbours: each group is given everything', async () => {
      const { log, world } = fresh();
      const one = await reading(log, { group: 'one' });
      const two = await reading(log, { group: 'two' });
      const far = await reading(await world.open(), { group: 'far' });
      await log.publish('again', numbered('a', 1, 30));
      for (const reader of [one, two, far]) await reader.has(30);
      for (const reader of [one, two, far]) expect(reader.positions()).toEqual(range(1, 30));
    });

    it('stand by, while readers without a group are each given everything', async () => {
      const { log, world } = fresh();
      const other = await world.open();
      await reading(log);
      const own = [
        await reading(log, { group: null }),
        await reading(log, { group: null }),
        await reading(other, { group: null }),
      ];
      await log.publish('again', numbered('a', 1, 30));
      await other.publish('again', numbered('b', 1, 30));
      for (const reader of own) {
        await reader.has(60);
        expect(reader.positions()).toEqual(range(1, 60));
        expect(reader.subscription.active).toBe(true);
      }
    });

    it('of the same name on two topics have nothing to do with each other', async () => {
      const { log } = fresh();
      const again = await reading(log, { topic: 'again' });
      const policy = await reading(log, { topic: 'policy' });
      await log.publish('again', numbered('a', 1, 3));
      await log.publish('policy', numbered('p', 1, 2));
      await again.has(3);
      await policy.has(2);
      expect(again.taken.every((r) => r.key === 'a')).toBe(true);
      expect(policy.taken.every((r) => r.key === 'p')).toBe(true);
    });
  });

  describe('many records by two processes', () => {
    it('reach every reader densely, in order and exactly once', async () => {
      const { log, world } = fresh();
      const other = await world.open();
      const total = 2 * CALLS * BATCH;
      const here = await reading(log, { group: 'here' });
      const there = await reading(other, { group: 'there' });
      await Promise.all([write(log, 'a'), write(other, 'b')]);
      const late = await reading(log, { group: 'late' });
      for (const reader of [here, there, late]) {
        await reader.has(total);
        expect(reader.positions()).toEqual(range(1, total));
        for (const key of ['a', 'b']) {
          const bodies = reader.taken.filter((r) => r.key === key).map((r) => r.body);
          expect(bodies).toEqual(numbered(key, 1, CALLS * BATCH).map((r) => r.body));
        }
      }
    });
  });
}

async function write(log: EventLog, key: string): Promise<void> {
  for (let call = 0; call < CALLS; call++) {
    await log.publish('again', numbered(key, call * BATCH + 1, (call + 1) * BATCH));
  }
}
