import { PgBoss } from 'pg-boss';
import { openPool, startPostgres } from '../servers/postgres.ts';
import { inBatches, type TimersArm } from './timers-arm.ts';

const QUEUE = 'timers';
const POLL_SECONDS = 0.5;
const CONNECTIONS = 6;

/** Jobs that start after an instant, fetched in batches. */
export function pgBoss(): TimersArm {
  const parts = new AsyncDisposableStack();
  const versions: string[] = [];
  let boss: PgBoss | undefined;
  let used: () => Promise<number> = async () => Number.NaN;

  return {
    servers: () => versions,
    async start() {
      const server = parts.use(await startPostgres());
      versions.push(`Postgres ${server.version}`);
      const pool = parts.adopt(openPool(server.url, 1), (open) => open.end());
      boss = new PgBoss({
        connectionString: server.url,
        max: CONNECTIONS,
        supervise: false,
        schedule: false,
      });
      boss.on('error', () => undefined);
      parts.adopt(boss, (running) => running.stop({ graceful: false, close: true }));
      await boss.start();
      await boss.createQueue(QUEUE);
      used = async () => {
        const { rows } = await pool.query<{ bytes: string }>(
          'select pg_database_size(current_database()) as bytes',
        );
        return Number(rows[0]?.bytes);
      };
    },
    arm: (timers) =>
      inBatches(timers, async (batch) => {
        await boss?.insert(
          QUEUE,
          batch.map(({ id, dueMs }) => ({ id, startAfter: new Date(dueMs) })),
        );
      }),
    cancel: (timers) =>
      inBatches(timers, async (batch) => {
        await boss?.cancel(
          QUEUE,
          batch.map(({ id }) => id),
        );
      }),
    usedBytes: () => used(),
    async ring(rung) {
      const settings = {
        batchSize: 1_000,
        burstWhenBatchFull: true,
        pollingIntervalSeconds: POLL_SECONDS,
      };
      await boss?.work(QUEUE, settings, async (jobs) => {
        for (const { id } of jobs) rung(id);
      });
    },
    stop: () => parts.disposeAsync(),
  };
}
