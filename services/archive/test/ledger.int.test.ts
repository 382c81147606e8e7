import { readFile } from 'node:fs/promises';
import { migrateEventLog } from '@cityloop/event-log';
import { createPool, migrate } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postgresLedger } from '../src/store/ledger.ts';

const STAGE_TABLES = new URL('../../../packages/stage/migrations/001_stage.sql', import.meta.url);
const LEDGER = new URL('../migrations/002_ledger.sql', import.meta.url);
const A = '00000000-0000-7000-8000-00000000000a';
const B = '00000000-0000-7000-8000-00000000000b';

/** A record whose first bytes tell all that the ledger wants to know. */
function record(position: number, key: string, version: number) {
  const body = `{"id":"00000000-0000-7000-8000-${`${position}`.padStart(12, '0')}","sequence":"${version}"}`;
  return {
    partition: 0,
    position,
    key,
    body,
    bytes: Buffer.from(body),
    addressee: () => undefined,
    decoded: () => ({ kind: 'poison', code: 'X', reason: 'x' }) as const,
  };
}

async function emptyLedger() {
  const database = await createTestDatabase();
  const db = createPool(database.url, { max: 1 });
  onTestFinished(async () => {
    await db.close();
    await database[Symbol.asyncDispose]();
  });
  await migrateEventLog(db);
  const files = await Promise.all(
    [STAGE_TABLES, LEDGER].map(async (url) => ({
      name: url.pathname.split('/').at(-1) ?? '',
      sql: (await readFile(url, 'utf8')).replaceAll('{log}', 'log'),
    })),
  );
  await migrate(db, { schema: 'archive', files });
  const ledger = postgresLedger(db, 'archive');
  return {
    ledger,
    versions: async (id: string) =>
      (await ledger.history(id, 0, 99)).map((b) => Number(/"sequence":"(\d+)"/.exec(b)?.[1])),
    parked: () =>
      db.query({
        text: 'select position, incident_id, code from archive.parked order by position',
      }),
    events: () => db.query({ text: 'select events from archive.ledger_block order by block' }),
  };
}

describe('the ledger', () => {
  it('sets aside what lies behind a gap and goes on with everybody else', async () => {
    const { ledger, versions, parked, events } = await emptyLedger();
    const gaps = await ledger.append([
      record(1, A, 1),
      record(2, B, 1),
      record(3, A, 3),
      record(4, B, 2),
      record(5, A, 4),
    ]);
    expect(gaps).toBe(`${A}/3`);
    expect([await versions(A), await versions(B)]).toEqual([[1], [1, 2]]);
    expect(await parked()).toEqual([
      { position: 3, incident_id: A, code: 'VERSION_GAP' },
      { position: 5, incident_id: A, code: 'VERSION_GAP' },
    ]);
    expect(await events()).toEqual([{ events: 3 }]);
    expect(await ledger.lastRead()).toMatchObject([{ partition: 0, position: 5 }]);
  });

  it('names an incident with a gap once, and parks what comes later', async () => {
    const { ledger, versions, parked } = await emptyLedger();
    expect(await ledger.append([record(1, A, 2)])).toBe(`${A}/2`);
    expect(await ledger.append([record(2, A, 3), record(3, B, 1)])).toBeUndefined();
    expect(await versions(B)).toEqual([1]);
    expect(await parked()).toHaveLength(2);
  });

  it('takes nothing twice, and what follows upon an earlier batch', async () => {
    const { ledger, versions, parked } = await emptyLedger();
    await ledger.append([record(1, A, 1), record(2, A, 2)]);
    expect(await ledger.append([record(2, A, 2), record(3, A, 3)])).toBeUndefined();
    expect(await versions(A)).toEqual([1, 2, 3]);
    expect(await parked()).toEqual([]);
  });
});
