import type { Loop } from '@cityloop/console';
import { type Stage, stages } from '@cityloop/contracts';
import { createMemoryEventLog, type MemoryEventLog, outboxSchema } from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyRun } from '../src/verify/run.ts';
import { goOn } from './go-on.ts';
import { type Backup, backUp } from './schema-backup.ts';
import { smallRun } from './small-run.ts';
import { Case } from './small-run-case.ts';

const EACH = 3;

/** The schemas a service backs up together. */
const schemasOf = (stage: Stage): readonly string[] => [
  stage,
  outboxSchema(stage),
  ...(stage === 'archive' ? ['ledger'] : []),
];

async function rows(stage: Stage): Promise<unknown[]> {
  const found = await db.query({
    text: `select incident_id, version, since, custodian, status, unit_id, next_due_at
           from ${stage}.incident order by incident_id`,
  });
  return [...found];
}

let database: TestDatabase;
let db: Database;
let log: MemoryEventLog;
let backups: ReadonlyMap<Stage, Backup>;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createPool(database.url, { max: 2, name: 'outside' });
  log = createMemoryEventLog();
  const ids = await smallRun(database.url, { log, each: EACH });
  const made = stages.map(async (stage) => [stage, await backUp(db, schemasOf(stage))] as const);
  backups = new Map(await Promise.all(made));
  const also = (loop: Loop) => goOn(loop, ids);
  await smallRun(database.url, { log, round: 'b/', each: EACH, also });
});
afterAll(async () => {
  await log[Symbol.asyncDispose]();
  await db.close();
  await database[Symbol.asyncDispose]();
});

it.each(stages)(
  '%s restored from an old backup takes its own newer events back',
  async (stage) => {
    const before = await rows(stage);
    await backups.get(stage)?.restore();
    expect(await rows(stage)).not.toEqual(before);

    // What was answered in the lost time is answered the same when it is repeated, and work goes on.
    await smallRun(database.url, {
      log,
      round: `after ${stage}/`,
      each: 1,
      async also(loop) {
        const again = await new Case(loop, 'b/declined/0').report('tao-grid');
        const declined = await again.give('he-clerk', 'decline', {
          reasonCode: 'condition-not-met',
        });
        expect(declined.status).toBe('declined');
      },
    });
    const report = await verifyRun(db, { settled: true });
    expect(report.ok, JSON.stringify(report, null, 1)).toBe(true);
    expect(await rows(stage)).toEqual(expect.arrayContaining(before));
  },
  90_000,
);
