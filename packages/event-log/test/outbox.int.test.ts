import { randomUUID } from 'node:crypto';
import { encodeEvent, type IncidentEvent } from '@cityloop/contracts';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createMemoryEventLog,
  type MemoryEventLog,
  migrateLog,
  type Outbox,
  openOutbox,
  outboxSchema,
  type Publication,
} from '../src/index.ts';
import { range, until } from '../src/testing/index.ts';

const SCHEMA = outboxSchema('handling');

let database: TestDatabase;
let db: Database;
let to: MemoryEventLog;

beforeEach(async () => {
  database = await createTestDatabase();
  db = createPool(database.url, { max: 6, name: 'test' });
  to = createMemoryEventLog();
});
afterEach(async () => {
  await to[Symbol.asyncDispose]();
  await db.close();
  await database[Symbol.asyncDispose]();
});

const id = randomUUID();
function noted(version: number): IncidentEvent {
  const at = new Date().toISOString();
  return {
    id: randomUUID(),
    incidentId: id,
    version,
    custodian: 'handling',
    occurredAt: at,
    recordedAt: at,
    type: 'handling.noted',
    data: { by: { id: 'somebody', role: 'unit-member' }, text: `note ${version}` },
  };
}

/** Records versions as a stage's commit does; `outbox` is told of them when the process is its own. */
async function record(versions: readonly number[], outbox?: Outbox): Promise<void> {
  const events = versions.map(noted);
  const bodies = events.map(encodeEvent);
  const [row] = await db.query<{ first: number }>({
    text: `select ${SCHEMA}.append_incident_events($1, $2, $3) as first`,
    values: [
      events.map((e) => `${e.incidentId}\t${e.version}`).join('\n'),
      bodies.join('\n'),
      events.length,
    ],
  });
  outbox?.log.announce(
    row?.first ?? 0,
    events,
    bodies.map((body) => Buffer.from(body)),
  );
}

async function published(): Promise<number[]> {
  const records = await to.read('incidents', { partition: 0, position: 1 }, 10_000);
  return records.map((r) => Number(/"sequence":"(\d+)"/.exec(r.body)?.[1]));
}

const open = (holder: string, publish = to.publish, on = db): Promise<Outbox> =>
  openOutbox({ db: on, service: 'handling', holder, to: { publish } });

describe('what a stage has recorded', () => {
  it('is published in its order, whether it was told of or found', async () => {
    await migrateLog(db, SCHEMA, 'outbox');
    await record(range(1, 5));
    await using outbox = await open('one');
    outbox.startRelay();
    await record(range(6, 9), outbox);
    await record([10]);
    await until(async () => (await published()).length === 10, 'all to be published');
    expect(await published()).toEqual(range(1, 10));
  });

  it('is published again from where the last process got to, and by nobody else meanwhile', async () => {
    const first = await open('one');
    const one = first.startRelay();
    await record(range(1, 3), first);
    await until(async () => (await published()).length === 3);
    await using second = await open('two');
    const two = second.startRelay();
    await record(range(4, 6), second);
    await until(async () => (await published()).length === 6);
    expect([one.active, two.active]).toEqual([true, false]);
    await first[Symbol.asyncDispose]();
    await until(() => two.active, 'the other to take over');
    await record(range(7, 8), second);
    await until(async () => (await published()).length === 8);
    expect(await published()).toEqual(range(1, 8));
  });

  it('is all published before a process has stopped', async () => {
    const outbox = await open('one');
    const relay = outbox.startRelay();
    await until(() => relay.active);
    await record(range(1, 500), outbox);
    await outbox[Symbol.asyncDispose]();
    expect(await published()).toEqual(range(1, 500));
    const [row] = await db.query<{ position: number }>({
      text: `select position from ${SCHEMA}.relay`,
    });
    expect(row?.position).toBe(500);
  });

  it('is taken over from a process that has not been heard of, which publishes twice at most', async () => {
    const gate = Promise.withResolvers<void>();
    let frozen = true;
    let held = false;
    const stuck = await open(
      'stuck',
      async (topic, records: readonly Publication[]) => {
        if (frozen) await gate.promise;
        await to.publish(topic, records);
      },
      {
        ...db,
        // It does not renew its hold any more, as a frozen process would not.
        async query(query) {
          if (frozen && held && query.text.includes('hold_relay')) await gate.promise;
          return db.query(query);
        },
      },
    );
    const first = stuck.startRelay();
    await until(() => first.active);
    held = true;
    await record(range(1, 3), stuck);
    await db.execute({ text: `update ${SCHEMA}.relay set until = now() - interval '1 second'` });
    await using heir = await open('heir');
    const relay = heir.startRelay();
    await until(() => relay.active, 'the heir to take over');
    await until(async () => (await published()).length === 3);
    await record(range(4, 5), heir);
    await until(async () => (await published()).length === 5);
    frozen = false;
    gate.resolve();
    await stuck[Symbol.asyncDispose]();
    expect(await published()).toEqual([...range(1, 5), ...range(1, 3)]);
    await record([6], heir);
    await until(async () => (await published()).includes(6));
    expect(relay.active).toBe(true);
  });

  it('is waited for while the log does not take it, and counted', async () => {
    let away = true;
    await using outbox = await open('one', (topic, records) =>
      away ? Promise.reject(new Error('no broker')) : to.publish(topic, records),
    );
    const relay = outbox.startRelay();
    await record(range(1, 4), outbox);
    await until(async () => (await relay.pending()).events === 4, 'four to be waiting');
    const { oldestMs } = await relay.pending();
    expect(oldestMs).toBeGreaterThan(0);
    expect(oldestMs).toBeLessThan(60_000);
    // More than one look reads: none of them is left out.
    for (let n = 0; n < 11; n += 1) await record(range(5 + n * 1_000, 4 + (n + 1) * 1_000), outbox);
    expect((await relay.pending()).events).toBe(11_004);
    expect((await relay.pending()).oldestMs).toBeGreaterThan(oldestMs);
    away = false;
    await until(async () => (await relay.pending()).events === 0, 'none to be waiting');
    expect(await relay.pending()).toEqual({ events: 0, oldestMs: 0 });
    expect((await to.ends('incidents')).map(({ position }) => position)).toEqual([11_005]);
  });
});
