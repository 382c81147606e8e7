import { randomUUID } from 'node:crypto';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  createMemoryEventLog,
  type LogCopy,
  type LogRecord,
  type MemoryEventLog,
  startCopy,
} from '../src/index.ts';
import { range, until } from '../src/testing/index.ts';

let database: TestDatabase;
let db: Database;
let of: MemoryEventLog;

beforeEach(async () => {
  database = await createTestDatabase();
  db = createPool(database.url, { max: 6, name: 'test' });
  of = createMemoryEventLog();
});
afterEach(async () => {
  await of[Symbol.asyncDispose]();
  await db.close();
  await database[Symbol.asyncDispose]();
});

type Said = { readonly key: string; readonly version: number };

const bodyOf = ({ key, version }: Said): string =>
  `{"type":"cn.cityloop.handling.noted.v1","custodian":"handling","id":"${key}-${version}","sequence":"${version}"}`;

const publish = (said: readonly Said[]): Promise<void> =>
  of.publish(
    'incidents',
    said.map((one) => ({ key: one.key, body: bodyOf(one) })),
  );

const start = (unreadable: LogRecord[] = []): Promise<LogCopy> =>
  startCopy({ db, schema: 'words', of, onUnreadable: (records) => unreadable.push(...records) });

type Row = Said & { readonly position: number; readonly body: string };
const rows = () =>
  db.query<Row>({
    text: 'select incident_id as key, version, position, body from words.incident_event order by position',
  });

const reaches = (count: number) =>
  until(async () => (await rows()).length === count, `${count} events to be copied`);

it('has each event once, at dense positions, in the order in which it came first', async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  await using _copy = await start();
  const said = [
    { key: a, version: 1 },
    { key: b, version: 1 },
    { key: a, version: 1 },
    { key: a, version: 2 },
    { key: b, version: 1 },
  ];
  await publish(said);
  await publish(said);
  await publish([{ key: b, version: 2 }]);
  await reaches(4);
  expect(await rows()).toEqual(
    [
      { key: a, version: 1 },
      { key: b, version: 1 },
      { key: a, version: 2 },
      { key: b, version: 2 },
    ].map((one, n) => ({ ...one, position: n + 1, body: bodyOf(one) })),
  );
});

it('goes on where it was, and drops what it had when the log is another one', async () => {
  const key = randomUUID();
  const first = await start();
  await publish(range(1, 5).map((version) => ({ key, version })));
  await reaches(5);
  await first[Symbol.asyncDispose]();
  await of[Symbol.asyncDispose]();
  // The log lost its data, and was filled again with more.
  of = createMemoryEventLog();
  await publish(range(2, 9).map((version) => ({ key, version })));
  await using _second = await start();
  await reaches(9);
  expect((await rows()).map(({ version }) => version)).toEqual(range(1, 9));
});

it('sets aside what names no event, and goes on', async () => {
  const key = randomUUID();
  const unreadable: LogRecord[] = [];
  await using _copy = await start(unreadable);
  await of.publish('incidents', [
    { key: 'no-uuid', body: bodyOf({ key, version: 1 }) },
    { key, body: '{"sequence":"0"}' },
    { key, body: `${bodyOf({ key, version: 1 })}\n` },
    { key, body: 'zero \u0000 inside' },
  ]);
  await publish([{ key, version: 1 }]);
  await reaches(1);
  expect(unreadable).toHaveLength(4);
  const [kept] = await db.query<{ n: number }>({
    text: 'select count(*) as n from words.unreadable',
  });
  expect(kept?.n).toBe(4);
});

it('tells its own readers of everything at once, whichever process copied it', async () => {
  const key = randomUUID();
  await using one = await start();
  await using two = await start();
  const heard = [one, two].map(() => [] as number[]);
  const readers = await Promise.all(
    [one, two].map((copy, n) =>
      copy.log.subscribe({
        topic: 'incidents',
        from: async () => [],
        onBatch: async (records) => void heard[n]?.push(...records.map((r) => r.position)),
      }),
    ),
  );
  await publish(range(1, 300).map((version) => ({ key, version })));
  await until(() => heard.every((positions) => positions.length === 300), 'both to hear of all');
  for (const positions of heard) expect(positions).toEqual(range(1, 300));
  for (const reader of readers) await reader[Symbol.asyncDispose]();
});

it('is the same whatever is repeated and however it is cut into batches', async () => {
  const keys = [randomUUID(), randomUUID(), randomUUID()];
  let published = 0;
  const distinct = new Set<string>();
  await using copy = await start();
  // One that stands by is not behind.
  await until(() => copy.reader.active, 'the copy to be read');
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.array(
          fc.record({ key: fc.constantFrom(...keys), version: fc.integer({ min: 1, max: 60 }) }),
          {
            maxLength: 12,
          },
        ),
        { maxLength: 6 },
      ),
      async (batches) => {
        await Promise.all(batches.map(publish));
        for (const { key, version } of batches.flat()) distinct.add(`${key}/${version}`);
        published += batches.flat().length;
        await until(async () => (await copy.reader.lag()) === 0, 'all to be read');
        const copied = await rows();
        expect(new Set(copied.map(({ key, version }) => `${key}/${version}`))).toEqual(distinct);
        expect(copied.map(({ position }) => position)).toEqual(range(1, distinct.size));
      },
    ),
    { numRuns: 25 },
  );
  expect(published).toBeGreaterThan(distinct.size);
});
