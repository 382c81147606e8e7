import { setTimeout as after } from 'node:timers/promises';
import type pg from 'pg';
import { openPool, startPostgres } from '../servers/postgres.ts';
import { inBatches, type TimersArm } from './timers-arm.ts';

const POLL_MS = 10;
const TABLE = `create table timer (id uuid primary key, centre text not null, due timestamptz not null);
  create index timer_due on timer (due)`;

/** A table with an index on the instant, looked at every 10 ms. */
export function sqlPoll(): TimersArm {
  const parts = new AsyncDisposableStack();
  const versions: string[] = [];
  let pool: pg.Pool | undefined;
  let stopped = false;

  async function poll(rung: (id: string) => void): Promise<void> {
    while (!stopped) {
      const due = await pool?.query<{ id: string }>(
        `delete from timer where id in (select id from timer where due <= now() order by due limit 1000)
         returning id`,
      );
      for (const { id } of due?.rows ?? []) rung(id);
      await after(POLL_MS);
    }
  }

  return {
    servers: () => versions,
    async start() {
      const server = parts.use(await startPostgres());
      versions.push(`Postgres ${server.version}`);
      pool = parts.adopt(openPool(server.url, 5), (open) => open.end());
      await pool.query(TABLE);
    },
    arm: (timers) =>
      inBatches(timers, async (batch) => {
        await pool?.query(
          `insert into timer select id, centre, to_timestamp(due / 1000)
           from unnest($1::uuid[], $2::text[], $3::float8[]) as t (id, centre, due)`,
          [batch.map((t) => t.id), batch.map((t) => t.centreId), batch.map((t) => t.dueMs)],
        );
      }),
    cancel: (timers) =>
      inBatches(timers, async (batch) => {
        await pool?.query('delete from timer where id = any($1::uuid[])', [batch.map((t) => t.id)]);
      }),
    async usedBytes() {
      const found = await pool?.query<{ bytes: string }>(
        `select pg_total_relation_size('timer') as bytes`,
      );
      return Number(found?.rows[0]?.bytes);
    },
    async ring(rung) {
      const polling = poll(rung);
      parts.defer(async () => {
        stopped = true;
        await polling;
      });
    },
    stop: () => parts.disposeAsync(),
  };
}
