import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { EventLog } from '../event-log.ts';
import { readingConformance } from './reading.ts';
import { sharingConformance } from './sharing.ts';
import { type LogWorld, numbered, range, startReader } from './world.ts';

/** What each test is given: a log nothing has been published to. */
export type Fresh = () => { readonly world: LogWorld; readonly log: EventLog };

/**
 * What every adapter of the event log owes its users; `make` answers an empty world each time it is
 * called. To be called at the top of a test file.
 */
export function eventLogConformance(name: string, make: () => Promise<LogWorld>): void {
  describe(`the event log (${name})`, () => {
    let world: LogWorld;
    let log: EventLog;

    beforeEach(async () => {
      world = await make();
      log = await world.open();
    });
    afterEach(() => world[Symbol.asyncDispose]());

    const fresh: Fresh = () => ({ world, log });
    publishingConformance(fresh);
    readingConformance(fresh);
    sharingConformance(fresh);
  });
}

function publishingConformance(fresh: Fresh): void {
  describe('publishing', () => {
    it('has the records for every other process when it resolves', async () => {
      const { log, world } = fresh();
      await log.publish('again', numbered('a', 1, 3));
      const records = await (await world.open()).read('again', { partition: 0, position: 1 }, 10);
      expect(records.map((r) => [r.position, r.key, r.body])).toEqual(
        numbered('a', 1, 3).map((r, n) => [n + 1, r.key, r.body]),
      );
    });

    it('keeps the order of a key within a call and across calls, awaited or not', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 5));
      await Promise.all(
        range(1, 20).map((call) => log.publish('again', numbered('a', call * 5 + 1, call * 5 + 5))),
      );
      const records = await log.read('again', { partition: 0, position: 1 }, 1_000);
      expect(records.map((r) => r.body)).toEqual(numbered('a', 1, 105).map((r) => r.body));
    });

    it('takes nothing at all as nothing', async () => {
      const { log } = fresh();
      await log.publish('again', []);
      expect(await log.ends('again')).toEqual([{ partition: 0, position: 1, first: 1 }]);
      await log.publish('again', numbered('a', 1, 2));
      const reader = await startReader(log);
      onTestFinished(() => reader.subscription[Symbol.asyncDispose]());
      await reader.has(2);
      await log.publish('again', []);
      await log.publish('again', numbered('a', 3, 3));
      await reader.has(3);
      expect(reader.positions()).toEqual([1, 2, 3]);
    });

    it('knows where a topic ends, topic by topic', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 4));
      await log.publish('policy', numbered('b', 1, 2));
      expect(await log.ends('again')).toEqual([{ partition: 0, position: 5, first: 1 }]);
      expect(await log.ends('policy')).toEqual([{ partition: 0, position: 3, first: 1 }]);
      const untouched = await log.ends('incidents');
      expect(untouched.map(({ position }) => position)).toEqual(untouched.map(() => 1));
    });

    it('reads from a position on, at most as many as asked for', async () => {
      const { log } = fresh();
      await log.publish('again', numbered('a', 1, 9));
      const some = await log.read('again', { partition: 0, position: 4 }, 3);
      expect(some.map((r) => r.position)).toEqual([4, 5, 6]);
      expect(await log.read('again', { partition: 0, position: 10 }, 3)).toEqual([]);
    });

    it('carries a body of one mebibyte and every character there is', async () => {
      const { log } = fresh();
      const large = JSON.stringify({ text: '杨浦🌊'.repeat(1).padEnd(1_048_560, 'x') });
      const odd = JSON.stringify({ text: 'tab\t line\n quote" back\\ \u0001\u2028 end' });
      await log.publish('again', [
        { key: 'large', body: large },
        { key: 'odd', body: odd },
      ]);
      const reader = await startReader(log);
      onTestFinished(() => reader.subscription[Symbol.asyncDispose]());
      await reader.has(2);
      expect(reader.bodies()[0] === large).toBe(true);
      expect(reader.bodies()[1]).toBe(odd);
    });

    it('hands over what cannot be read as it is, named poison only when asked', async () => {
      const { log } = fresh();
      const texts = ['', '{', 'null', '{"type":"x"}', '\\x00', '\u200e\t\n'];
      await log.publish(
        'again',
        texts.map((body) => ({ key: 'poison', body })),
      );
      const reader = await startReader(log);
      onTestFinished(() => reader.subscription[Symbol.asyncDispose]());
      await reader.has(texts.length);
      expect(reader.bodies()).toEqual(texts);
      expect(reader.taken.map((r) => r.decoded().kind)).toEqual(texts.map(() => 'poison'));
    });
  });
}
