import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stages } from '@cityloop/contracts';
import { createMemoryEventLog, outboxSchema } from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { makeTempFolder } from '@cityloop/servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findMissing, missingText } from '../src/log/missing.ts';
import { smallRun } from './small-run.ts';

const AT = Date.parse('2026-11-21T08:00:00Z');
let database: TestDatabase;
let db: Database;
let folder: Awaited<ReturnType<typeof makeTempFolder>>;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await makeTempFolder('receipts');
  await using log = createMemoryEventLog();
  await smallRun(database.url, { log, each: 1 });
  db = createPool(database.url, { max: 1, name: 'outside' });
});
afterAll(async () => {
  await db.close();
  await folder[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const write = (name: string, text: string) => writeFile(join(folder.path, name), text);

it('names what was answered and is recorded nowhere, and nothing else', async () => {
  await expect(findMissing(db, folder.path)).rejects.toMatchObject({ code: 'RECEIPTS_MISSING' });
  const rows = await db.query<{ id: string; version: number }>({
    text: 'select incident_id as id, version from ledger.incident_event order by position',
  });
  const lines = rows.map(({ id, version }) => `${JSON.stringify([id, version, AT])}\n`);
  await write('2026-11-21.a-1.ndjson', lines.slice(0, 10).join(''));
  // As a gateway leaves it that was killed while it wrote.
  await write('2026-11-21.b-1.ndjson', `${lines.slice(10).join('')}["01a2`);
  const whole = await findMissing(db, folder.path);
  expect(whole).toEqual({ receipts: rows.length, missing: [] });
  expect(missingText(whole)).toContain('均有记录');

  // What is not in the ledger yet but in an outbox is on its way.
  const last = rows.at(-1);
  const gone = [last?.id, last?.version];
  const words = 'where incident_id = $1 and version = $2';
  await db.query({ text: 'alter table ledger.incident_event disable trigger user' });
  await db.query({ text: `delete from ledger.incident_event ${words}`, values: gone });
  expect((await findMissing(db, folder.path)).missing).toEqual([]);
  for (const stage of stages) {
    const events = `${outboxSchema(stage)}.incident_event`;
    await db.query({ text: `alter table ${events} disable trigger user` });
    await db.query({ text: `delete from ${events} ${words}`, values: gone });
  }
  const lost = await findMissing(db, folder.path);
  expect(lost.missing).toEqual([
    {
      incidentId: last?.id,
      version: last?.version,
      at: new Date(AT).toISOString(),
      known: (last?.version ?? 0) - 1,
    },
  ]);
  expect(missingText(lost)).toContain(last?.id);

  await write('2026-11-21.a-1.ndjson', `nonsense\n${lines[0]}`);
  await expect(findMissing(db, folder.path)).rejects.toMatchObject({
    code: 'RECEIPTS_UNREADABLE',
    details: { line: 1 },
  });
});
