import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMemoryEventLog } from '@cityloop/event-log';
import { createPool, type Database, startEmbeddedPostgres } from '@cityloop/postgres';
import { makeTempFolder } from '@cityloop/servers';
import { expect, it } from 'vitest';
import { verifyRun } from '../src/verify/run.ts';
import { until } from './service-set.ts';
import { smallRun } from './small-run.ts';

const LONG = 180_000;
const QUICK = { fsync: 'off', full_page_writes: 'on' };

/** A base backup while the server works, as `pg_basebackup` makes one. */
async function baseBackup(db: Database, cluster: string, into: string): Promise<void> {
  await db.session(async (session) => {
    await session.query({ text: `select pg_backup_start('drill', true)` });
    await cp(cluster, into, {
      recursive: true,
      filter: (path) => !/\/(postmaster\.(pid|opts)|pg_wal\/.+|\.s\.PGSQL.*)$/.test(path),
    });
    const [label] = await session.query<{ labelfile: string }>({
      text: 'select labelfile from pg_backup_stop(false)',
    });
    await writeFile(join(into, 'backup_label'), label?.labelfile ?? '');
  });
}

async function tally(db: Database): Promise<unknown> {
  const [row] = await db.query({
    text: `select (select count(*) from intake.incident) as incidents,
                  (select count(*) from ledger.incident_event) as events`,
  });
  return row;
}

it(
  'all of Postgres is restored to a point in time, and takes from the log what came after it',
  async () => {
    await using folder = await makeTempFolder('pitr');
    await using log = createMemoryEventLog();
    const [first, second, wal] = ['first', 'second', 'wal'].map((name) =>
      join(folder.path, name),
    ) as [string, string, string];
    await mkdir(wal);
    const before = await startEmbeddedPostgres({
      dataDir: first,
      settings: {
        ...QUICK,
        wal_level: 'replica',
        archive_mode: 'on',
        archive_command: `cp %p ${wal}/%f`,
      },
    });
    let point: string;
    let lost: unknown;
    {
      await using db = createPool(before.url, { max: 2, name: 'drill' });
      await smallRun(before.url, { log, each: 2 });
      await mkdir(second);
      await baseBackup(db, join(first, 'cluster'), join(second, 'cluster'));
      await smallRun(before.url, { log, round: 'kept/', each: 2 });
      const [now] = await db.query<{ at: string }>({
        text: 'select clock_timestamp()::text as at',
      });
      point = now?.at ?? '';
      const kept = await tally(db);
      await smallRun(before.url, { log, round: 'lost/', each: 2 });
      lost = await tally(db);
      expect(lost).not.toEqual(kept);
      await db.query({ text: 'select pg_switch_wal()' });
    }
    await before.stop();

    await rm(join(second, 'cluster', 'postmaster.pid'), { force: true });
    await writeFile(join(second, 'cluster', 'recovery.signal'), '');
    await using after = await startEmbeddedPostgres({
      dataDir: second,
      settings: {
        ...QUICK,
        restore_command: `cp ${wal}/%f %p`,
        recovery_target_time: point,
        recovery_target_action: 'promote',
      },
    });
    await using db = createPool(after.url, { max: 2, name: 'drill' });
    await until(async () => {
      const [row] = await db.query<{ recovering: boolean }>({
        text: 'select pg_is_in_recovery() as recovering',
      });
      return row?.recovering === false;
    }, 'the end of the recovery');
    expect(await tally(db)).not.toEqual(lost);

    await smallRun(after.url, { log, round: 'after/', each: 1 });
    const report = await verifyRun(db, { settled: true, log });
    expect(report.ok, JSON.stringify(report, null, 1)).toBe(true);
    const [births] = await db.query<{ n: number }>({
      text: `select count(*) as n from ledger.incident_event
             where version = 1 and body like '%"key":"%' and position > 0`,
    });
    const [incidents] = await db.query<{ n: number }>({
      text: 'select count(distinct incident_id) as n from ledger.incident_event',
    });
    expect(births?.n).toBe(incidents?.n);
  },
  LONG,
);
