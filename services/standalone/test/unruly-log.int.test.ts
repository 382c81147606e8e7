import { createMemoryEventLog } from '@cityloop/event-log';
import { createPool } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { createMetrics } from '@cityloop/runtime';
import { expect, it } from 'vitest';
import { startLoop } from '../src/loop.ts';
import { reportText } from '../src/verify/render.ts';
import { verifyRun } from '../src/verify/run.ts';
import { atRest } from './at-rest.ts';
import { logger, PACK, until } from './service-set.ts';
import { smallRun } from './small-run.ts';
import { Case } from './small-run-case.ts';
import { losingLog, unrulyLog } from './unruly-log.ts';

const SEED = Number(process.env.UNRULY_SEED ?? Date.now() % 100_000);

it(`each event has its effect once, however often and in whatever order of keys it comes (seed ${SEED})`, async () => {
  await using database = await createTestDatabase();
  await using memory = createMemoryEventLog();
  const { log, counts } = unrulyLog(memory, SEED);
  await smallRun(database.url, { log, each: 3 });
  await using db = createPool(database.url, { max: 2, name: 'outside' });
  const report = await verifyRun(db, { settled: true });
  expect(report.ok, reportText(report, 'the run')).toBe(true);
  expect(counts.delivered / counts.given).toBeGreaterThan(1.5);
  const [found] = await db.query<{ effects: number; events: number }>({
    text: `select count(*)::int as effects, count(distinct (incident_id, version))::int as events
           from ledger.incident_event`,
  });
  // The relay itself may have sent some again.
  expect(found?.events).toBeLessThanOrEqual(counts.given);
  expect((found?.effects ?? 0) / (found?.events ?? 1)).toBe(1);
}, 120_000);

it('a hand-over that vanished from the log is published again, and its age is seen until then', async () => {
  await using database = await createTestDatabase();
  await using memory = createMemoryEventLog();
  let lost = 0;
  // The second time, too: who looks after hand-overs does not do so once.
  const log = losingLog(memory, ({ body }) => /dispatch\.assigned/.test(body) && ++lost <= 2);
  await using db = createPool(database.url, { max: 10, name: 'loop' });
  const metrics = createMetrics({ processMetrics: false });
  const handOvers = { everyMs: 300, afterMs: 500 };
  await using running = await startLoop({ db, packDir: PACK, logger, metrics, log, handOvers });
  const one = await new Case(running.loop, 'one').report('tao-grid');
  const standard = { categoryCode: 'E01-28', standardId: 'E01-28.1' };
  await one.now('he-clerk', 'file', standard);
  await one.now('lv-dispatcher', 'assign', { unitId: 'wujiaochang-enforcement' });
  await until(async () => oldestSeconds(await metrics.text()) > 0, 'the age to be seen');
  await until(
    async () => (await running.stages.handling.store.versions([one.id])).size > 0,
    'the hand-over to be taken',
  );
  await one.now('hua-enforcement-member', 'receive');
  expect(lost).toBeGreaterThan(2);
  await until(async () => oldestSeconds(await metrics.text()) === 0, 'the age to be gone');
  await atRest(db, running);
  const report = await verifyRun(db, { settled: true });
  expect(report.ok, reportText(report, 'the run')).toBe(true);
}, 60_000);

function oldestSeconds(text: string): number {
  const found = /cityloop_handover_oldest_seconds\{stage="dispatch"\} (\S+)/.exec(text);
  return Number(found?.[1] ?? 0);
}
