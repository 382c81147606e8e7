import { readFile } from 'node:fs/promises';
import { migrateEventLog } from '@cityloop/event-log';
import { createPool, migrate } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postgresLedger } from '../src/store/ledger.ts';

const LEDGER = new URL('../migrations/002_ledger.sql', import.meta.url);
const A = '00000000-0000-7000-8000-00000000000a';
const B = '00000000-0000-7000-8000-00000000000b';

const eventId = (position: number) => `00000000-0000-7000-8000-${`${position}`.padStart(12, '0')}`;

/** A record whose first bytes tell all that the ledger wants to know. */
function record(position: number, key: string, version: number) {
  const body = `{"id":"${eventId(position)}","sequence":"${version}"}`;
  return {
    partition: 0,
    position,
    key,
    version: () => version,
    body,
    bytes: Buffer.from(body),
    addressee: () => undefined,
    type: () => undefined,
    decoded: () => ({ kind: 'poison', code: 'X', reason: 'x' }) as const,
  };
}
type TestRecord = ReturnType<typeof record>;

async function emptyLedger() {
  const database = await createTestDatabase();
  const db = createPool(database.url, { max: 1 });
  onTestFinished(async () => {
    await db.close();
    await database[Symbol.asyncDispose]();
  });
  await migrateEventLog(db);
  const files = [{ name: '001_ledger.sql', sql: await readFile(LEDGER, 'utf8') }];
  await migrate(db, { schema: 'archive', files });
  const ledger = postgresLedger(db, { schema: 'archive', logSchema: 'log' });
  const store = ({ key, version, position, body }: TestRecord) =>
    db.execute({
      text: 'insert into log.incident_event (incident_id, version, position, body) values ($1, $2, $3, $4)',
      values: [key, version(), position, body],
    });
  return {
    ledger,
    db,
    store,
    /** Puts the records into the log, and then has them sealed. */
    async write(...records: readonly TestRecord[]) {
      for (const each of records) await store(each);
      return ledger.append(records);
    },
    blocks: () =>
      db.query({
        text: `select first_position as first, last_position as last, length(hashes) / 32 as sealed,
                      previous = coalesce(lag(hash) over (order by block), '') as hangs,
                      hash = sha256(previous || hashes) as holds,
                      hashes = (select string_agg(sha256(convert_to(body, 'UTF8')), ''::bytea order by position)
                                from log.incident_event where position between first_position and last_position) as words
               from archive.ledger_block order by block`,
      }),
  };
}
const sound = { hangs: true, holds: true, words: true };

describe('the ledger', () => {
  it('seals each batch as a block that hangs on the one before', async () => {
    const { ledger, write, blocks } = await emptyLedger();
    expect(await write(record(1, A, 1), record(2, B, 1))).toEqual([]);
    expect(await write(record(3, A, 2))).toEqual([]);
    expect(await blocks()).toEqual([
      { first: 1, last: 2, sealed: 2, ...sound },
      { first: 3, last: 3, sealed: 1, ...sound },
    ]);
    expect(await ledger.lastSealed()).toEqual([{ partition: 0, position: 3, eventId: eventId(3) }]);
  });

  it('seals nothing twice, whether all of a batch is known or its beginning', async () => {
    const { ledger, write, store, blocks } = await emptyLedger();
    await write(record(1, A, 1), record(2, A, 2));
    await ledger.append([record(1, A, 1), record(2, A, 2)]);
    await store(record(3, A, 3));
    await ledger.append([record(2, A, 2), record(3, A, 3)]);
    expect(await blocks()).toEqual([
      { first: 1, last: 2, sealed: 2, ...sound },
      { first: 3, last: 3, sealed: 1, ...sound },
    ]);
  });

  it('refuses a batch that would leave a hole', async () => {
    const { ledger, write, blocks } = await emptyLedger();
    await write(record(1, A, 1));
    await expect(ledger.append([record(3, A, 2)])).rejects.toMatchObject({ sqlState: 'CL003' });
    await expect(ledger.append([record(2, A, 2), record(4, A, 3)])).rejects.toMatchObject({
      code: 'LEDGER_HOLE',
      details: { after: 2 },
    });
    expect(await blocks()).toHaveLength(1);
  });

  it('names once what lacks the version before, goes on, and sees when it is there', async () => {
    const { ledger, write, store } = await emptyLedger();
    expect(await write(record(1, A, 1), record(2, B, 1), record(3, A, 3))).toEqual([`${A}/3`]);
    expect(await write(record(4, A, 4), record(5, B, 2))).toEqual([]);
    expect(await ledger.append([record(3, A, 3), record(4, A, 4), record(5, B, 2)])).toEqual([]);
    expect(await ledger.gaps()).toBe(1);
    await store(record(6, A, 2));
    expect(await ledger.gaps()).toBe(0);
  });

  it('asks the log when it does not remember an incident', async () => {
    const { db, write } = await emptyLedger();
    await write(record(1, A, 1), record(2, B, 1));
    const restarted = postgresLedger(db, { schema: 'archive', logSchema: 'log' });
    expect(await restarted.append([record(3, A, 2), record(4, B, 3)])).toEqual([`${B}/3`]);
  });

  it('has words that nobody can change', async () => {
    const { db, write } = await emptyLedger();
    await write(record(1, A, 1));
    for (const text of [
      `update log.incident_event set body = '{}'`,
      'delete from log.incident_event',
      'truncate log.incident_event',
      'delete from archive.ledger_block',
    ]) {
      await expect(db.execute({ text })).rejects.toThrow(/never changed or shortened/);
    }
  });
});
