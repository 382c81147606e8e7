import { testServer } from '@cityloop/servers/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EventLog, LogRecord, Start } from '../src/index.ts';
import { range, startReader, until } from '../src/testing/index.ts';
import { kafkaWorld } from './kafka-world.ts';

const { address } = await testServer('kafka');

async function fresh() {
  const world = await kafkaWorld(address);
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}

/** Records of many keys, so that every partition has some. */
const spread = (first: number, last: number) =>
  range(first, last).map((n) => ({
    key: `incident-${n % 60}`,
    body: JSON.stringify({ id: `event-${n}`, n }),
  }));

const numberOf = (record: LogRecord): number => (JSON.parse(record.body) as { n: number }).n;
const numbersOf = (records: readonly LogRecord[]): number[] =>
  records.map(numberOf).toSorted((a, b) => a - b);

/** What a service keeps beside the effects: the last record of each partition, for `from`. */
function offsets() {
  const stored = new Map<number, { position: number; eventId: string }>();
  return {
    from: async (): Promise<Start> =>
      [...stored].map(([partition, place]) => ({ partition, ...place })),
    before(records: readonly LogRecord[]) {
      for (const { partition, position, body } of records) {
        stored.set(partition, { position, eventId: (JSON.parse(body) as { id: string }).id });
      }
    },
  };
}

async function reading(log: EventLog, options: Parameters<typeof startReader>[1]) {
  const reader = await startReader(log, { topic: 'incidents', ...options });
  onTestFinished(() => reader.subscription[Symbol.asyncDispose]());
  return reader;
}

describe('the twelve partitions of the incidents', () => {
  it('keep the order of each key, and tell position, key and addressee', async () => {
    const { open } = await fresh();
    const log = await open();
    const reader = await reading(log, {});
    await log.publish('incidents', spread(1, 600));
    await reader.has(600);
    const partitions = new Set(reader.taken.map(({ partition }) => partition));
    expect(partitions.size).toBe(12);
    for (const [key, records] of Object.entries(Object.groupBy(reader.taken, (r) => r.key))) {
      const numbers = (records ?? []).map(numberOf);
      expect(numbers, key).toEqual(numbers.toSorted((a, b) => a - b));
      expect(new Set(records?.map((r) => r.partition)).size, key).toBe(1);
    }
    const ends = await log.ends('incidents');
    expect(ends.reduce((sum, { position }) => sum + position - 1, 0)).toBe(600);
  });

  it('are shared by two readers of a group, who take over where the other one stood', async () => {
    const { open } = await fresh();
    const [one, two] = [await open(), await open()];
    const kept = offsets();
    const first = await reading(one, kept);
    await one.publish('incidents', spread(1, 120));
    await first.has(120);

    const second = await reading(two, kept);
    await until(() => second.subscription.active, 'the second to have partitions');
    await until(() => first.subscription.active, 'the first to have partitions again');
    await one.publish('incidents', spread(121, 480));
    await until(() => first.taken.length + second.taken.length === 480, 'all of them');
    expect(second.taken.length).toBeGreaterThan(0);
    expect(first.taken.length).toBeGreaterThan(120);

    await first.subscription[Symbol.asyncDispose]();
    await two.publish('incidents', spread(481, 600));
    await until(() => first.taken.length + second.taken.length === 600, 'the rest');
    expect(numbersOf([...first.taken, ...second.taken])).toEqual(range(1, 600));
  });

  it('do not wait for each other: one that a reader never ends with holds up none', async () => {
    const { open } = await fresh();
    const log = await open();
    await log.publish('incidents', spread(1, 600));
    const stuck = Promise.withResolvers<void>();
    const seen = new Map<number, number>();
    const reader = await reading(log, {
      async before(records) {
        const partition = records[0]?.partition ?? -1;
        seen.set(partition, (seen.get(partition) ?? 0) + 1);
        if (partition === 5) await stuck.promise;
      },
    });
    const others = spread(1, 600).length;
    await until(() => seen.size === 12, 'every partition');
    const held = (await log.ends('incidents')).find(({ partition }) => partition === 5);
    await reader.has(others - ((held?.position ?? 1) - 1));
    await log.publish('incidents', spread(601, 1_200));
    await until(async () => {
      const ends = await log.ends('incidents');
      const inFive = (ends.find(({ partition }) => partition === 5)?.position ?? 1) - 1;
      return reader.taken.length === 1_200 - inFive;
    }, 'the others to go on');
    await until(() => reader.subscription.silentMs() > 500, 'the reader to be missed');
    expect(seen.get(5)).toBe(1);
    stuck.resolve();
    await reader.has(1_200);
    expect(numbersOf(reader.taken)).toEqual(range(1, 1_200));
  });
});

describe('a reader whose partitions do not hold what it read', () => {
  it('is told so of each, also where nothing comes, and reads them from the earliest', async () => {
    const { open } = await fresh();
    const log = await open();
    await log.publish('incidents', [{ key: 'k', body: '{"id":"here"}' }]);
    const ends = await log.ends('incidents');
    const full = ends.find(({ position }) => position === 2)?.partition;
    const told: number[] = [];
    const reader = await reading(log, {
      from: async () => ends.map(({ partition }) => ({ partition, position: 9, eventId: 'gone' })),
      replaced: async (partition) => {
        told.push(partition);
      },
    });
    await reader.has(1);
    await until(() => told.length === 12, 'all partitions');
    expect(told.toSorted((a, b) => a - b)).toEqual(range(0, 11));
    expect(reader.taken.map(({ partition, position }) => [partition, position])).toEqual([
      [full, 1],
    ]);
  });
});

describe('a reader that fails', () => {
  const mistakes: readonly (readonly [string, () => unknown])[] = [
    ['an Error', () => new Error('no')],
    ['a TypeError', () => new TypeError('undefined is not a function')],
    ['a RangeError', () => new RangeError('too deep')],
    ['an AggregateError', () => new AggregateError([new TypeError('x')], 'several')],
    ['something that is no error', () => 'no'],
    ['nothing at all', () => undefined],
  ];

  it('with whatever error is given the same again, and its consumer lives on', async () => {
    const { open } = await fresh();
    const rebuilt: string[] = [];
    const observe = {
      rebuilt: (_: unknown, __: unknown, reason: string) => void rebuilt.push(reason),
    };
    const log = await open({ observe });
    await log.publish('again', spread(1, 5));
    const readers = await Promise.all(
      mistakes.map(async ([what, mistake]) => {
        const seen: number[][] = [];
        const before = (records: readonly LogRecord[]) => {
          seen.push(records.map(({ position }) => position));
          // What adapters must survive is exactly what nobody should throw.
          // oxlint-disable-next-line typescript/only-throw-error -- what is thrown is the test
          if (seen.length <= 3) throw mistake();
        };
        const reader = await reading(log, {
          topic: 'again',
          group: what.replaceAll(' ', '-'),
          before,
        });
        return { what, seen, reader };
      }),
    );
    for (const { reader } of readers) await reader.has(5);
    await log.publish('again', spread(6, 7));
    for (const { what, seen, reader } of readers) {
      await reader.has(7);
      expect(seen.slice(0, 4), what).toEqual(range(1, 4).map(() => range(1, 5)));
      expect(reader.positions(), what).toEqual(range(1, 7));
    }
    expect(rebuilt).toEqual([]);
  });
});
