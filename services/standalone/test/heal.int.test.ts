import { randomUUID } from 'node:crypto';
import { ReportBody } from '@cityloop/contracts';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyRun } from '../src/verify/run.ts';
import { type ServiceSet, startSet, stopSet, subject, until } from './service-set.ts';

let database: TestDatabase;
let outside: Database;
let set: ServiceSet;

beforeAll(async () => {
  database = await createTestDatabase();
  outside = createPool(database.url, { max: 2, name: 'outside' });
  set = await startSet(database.url, 'set');
});
afterAll(async () => {
  await stopSet(set);
  await outside.close();
  await database[Symbol.asyncDispose]();
});

async function report(): Promise<string> {
  const body = ReportBody.parse({
    channel: 'grid-worker',
    description: '绿地内有散落垃圾',
    location: { lon: 121.5135, lat: 31.3013, crs: 'WGS84' },
    categoryCode: 'E01-28',
  });
  const who = subject(set.running, 'tao-grid');
  const { id } = await set.running.loop.report({ body, subject: who, key: randomUUID() });
  return id;
}

async function note(incidentId: string, text: string): Promise<void> {
  await set.running.loop.stages.intake.command({
    incidentId,
    command: { verb: 'note', body: { text } },
    subject: subject(set.running, 'he-clerk'),
    key: randomUUID(),
  });
}

/** How many events of the log have not been sealed. */
async function unsealed(): Promise<number> {
  const [row] = await outside.query<{ n: number }>({
    text: `select (select next - 1 from log.head where topic = 'incidents')
                - coalesce((select max(last_position) from archive.ledger_block), 0) as n`,
  });
  return row?.n ?? -1;
}

/** Takes an event out of the log that the ledger has not sealed, as a broken disk might. */
async function lose(incidentId: string, version: number): Promise<void> {
  await outside.transaction(async (tx) => {
    await tx.execute({ text: 'set local session_replication_role = replica' });
    await tx.execute({ text: 'delete from archive.ledger_block' });
    await tx.execute({
      text: `create table public.away as select * from log.incident_event
             where incident_id = '${incidentId}' and version = ${version}`,
    });
    await tx.execute({
      text: 'delete from log.incident_event e using public.away a where e.position = a.position',
    });
  });
}

describe('a log that has lost an event', () => {
  it('is sealed up to there and no further, while the loop goes on; and whole when it is put back', async () => {
    const [id, other] = [await report(), await report()];
    for (const text of ['一', '二', '三']) await note(id, text);
    await until(async () => (await unsealed()) === 0, 'the ledger');
    await stopSet(set);
    await lose(id, 2);
    set = await startSet(database.url, 'again');
    await note(other, '照常');
    expect((await verifyRun(outside, {})).ok).toBe(false);
    expect(await unsealed()).toBeGreaterThan(1);

    await outside.execute({ text: 'insert into log.incident_event select * from public.away' });
    await until(async () => (await unsealed()) === 0, 'the ledger');
    await note(id, '四');
    await until(async () => (await unsealed()) === 0, 'the ledger');
    await set.running.settled();
    expect(await set.running.loop.history(id, 1, 99)).toHaveLength(5);
    const after = await verifyRun(outside, { settled: true });
    expect(after.ok, JSON.stringify(after)).toBe(true);
  });
});
