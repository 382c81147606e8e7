import { createMemoryEventLog, outboxSchema } from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { expect, it } from 'vitest';
import { moveToDatabase } from '../src/log/move-to-database.ts';
import { moveToKafka } from '../src/log/move-to-kafka.ts';
import { verifyRun } from '../src/verify/run.ts';
import { smallRun } from './small-run.ts';
import { tidied } from './tidied.ts';

/** What `move` says while handling has not taken one of its hand-overs. */
async function whenBehind(db: Database, move: () => Promise<unknown>): Promise<unknown> {
  await db.execute({
    text: `create table public.late as
             select incident_id, version from handling.incident where held limit 1`,
  });
  await db.execute({
    text: `update handling.incident i set version = i.since - 1
           from public.late where late.incident_id = i.incident_id`,
  });
  const said = await move().catch((error: unknown) => error);
  await db.execute({
    text: `update handling.incident i set version = late.version
           from public.late where late.incident_id = i.incident_id`,
  });
  await db.execute({ text: 'drop table public.late' });
  return said;
}

const behind = {
  code: 'LOG_MOVE_BEHIND',
  message: expect.stringMatching(/^1 hand-overs .* start everything once more/),
};

it('a log is moved when all of it was read, outboxes that were tidied included', async () => {
  await using database = await createTestDatabase();
  await using db = createPool(database.url, { max: 4, name: 'outside' });
  await using log = createMemoryEventLog();
  await smallRun(database.url, { each: 2 });

  expect(await whenBehind(db, () => moveToKafka(db, log))).toMatchObject(behind);
  const events = await moveToKafka(db, log);
  const moved = await verifyRun(db, { settled: true, log });
  expect(moved.ok, JSON.stringify(moved, null, 1)).toBe(true);

  const gone = await tidied(db, log, Date.now() + 60_000);
  expect(gone.handling).toBeGreaterThan(0);
  expect(await whenBehind(db, () => moveToDatabase(db, log))).toMatchObject(behind);

  const outbox = `${outboxSchema('handling')}.incident_event`;
  const [damaged] = await db.query<{ body: string }>({
    text: `select body from ${outbox} order by position limit 1`,
  });
  const say = (body: string) =>
    db.execute({
      text: `update ${outbox} set body = $1 where position = (select min(position) from ${outbox})`,
      values: [body],
    });
  await say(`${damaged?.body} `);
  await expect(moveToDatabase(db, log)).rejects.toMatchObject({ code: 'LOG_MOVE_DIFFERS' });
  await say(damaged?.body ?? '');

  expect(await moveToDatabase(db, log)).toBeGreaterThanOrEqual(events);
  await smallRun(database.url, { round: 'back/', each: 2 });
  const report = await verifyRun(db, { settled: true });
  expect(report.ok, JSON.stringify(report, null, 1)).toBe(true);
}, 120_000);

it('a topic whose records have other keys is found out, not stumbled over', async () => {
  await using database = await createTestDatabase();
  await using db = createPool(database.url, { max: 4, name: 'outside' });
  await using log = createMemoryEventLog();
  await using strange = createMemoryEventLog();
  await smallRun(database.url, { log, each: 1 });
  const [record] = await log.read('incidents', { partition: 0, position: 1 }, 1);
  await strange.publish('incidents', [{ key: 'nobody', body: record?.body ?? '' }]);
  const report = await verifyRun(db, { settled: true, log: strange });
  expect(report.ok).toBe(false);
  expect(JSON.stringify(report.verdicts)).toContain('no id of an incident');
}, 60_000);
