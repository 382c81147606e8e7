import type { Loop } from '@cityloop/console';
import { type Stage, stages } from '@cityloop/contracts';
import { createMemoryEventLog, outboxSchema } from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { expect, it } from 'vitest';
import { verifyRun } from '../src/verify/run.ts';
import { goOn } from './go-on.ts';
import { smallRun } from './small-run.ts';
import { tidied } from './tidied.ts';

async function countOf(db: Database, stage: Stage, table: string): Promise<number> {
  const text = `select count(*) as n from ${outboxSchema(stage)}.${table}`;
  const [row] = await db.query<{ n: number }>({ text });
  return row?.n ?? 0;
}

it('outboxes keep what is still needed, and the ledger all of it', async () => {
  await using database = await createTestDatabase();
  await using db = createPool(database.url, { max: 4, name: 'outside' });
  await using log = createMemoryEventLog();
  const ids = await smallRun(database.url, { log, each: 3 });
  const beginMs = Date.now();

  expect(await tidied(db, log, beginMs - 3_600_000 * 24 * 365 * 3)).toEqual(
    Object.fromEntries(stages.map((stage) => [stage, 0])),
  );
  const heldBefore = await countOf(db, 'handling', 'taken');
  const gone = await tidied(db, log, beginMs + 60_000);
  for (const stage of ['intake', 'dispatch', 'handling', 'verification'] as const) {
    expect(gone[stage], stage).toBeGreaterThan(0);
  }
  expect(gone.archive).toBe(0);
  expect(await countOf(db, 'handling', 'taken')).toBeLessThan(heldBefore);
  for (const stage of ['intake', 'dispatch', 'handling', 'verification'] as const) {
    const left = await db.query({
      text: `select e.incident_id from ${outboxSchema(stage)}.incident_event e
             join ${stage}.incident i using (incident_id) where not i.held`,
    });
    expect(left, stage).toEqual([]);
  }
  expect((await tidied(db, log, beginMs + 60_000)).intake).toBe(0);

  const rested = await verifyRun(db, { settled: true });
  expect(rested.ok, JSON.stringify(rested, null, 1)).toBe(true);
  // What was held goes on.
  const also = (loop: Loop) => goOn(loop, ids);
  await smallRun(database.url, { log, round: 'after/', each: 3, also });
  const report = await verifyRun(db, { settled: true });
  expect(report.ok, JSON.stringify(report, null, 1)).toBe(true);
}, 90_000);
