import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { LoopArm } from '../arm.ts';
import { type Incident, STAGES } from '../incident.ts';
import { openPool, startPostgres } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';

// The best of 10, 25, 50 and 100 on two cores.
const CONCURRENCY = 25;
const BULK = 1_000;

type Row = (stage: number, incident: Incident) => Promise<void>;

const TABLE = `create table stage_row (
  incident_id uuid, stage int2, body text not null, at timestamptz not null default now(),
  primary key (incident_id, stage))`;
const INSERT = {
  name: 'row',
  text: 'insert into stage_row (incident_id, stage, body) values ($1, $2, $3)',
};

/** Prepares the row a stage that a ticket system keeps; each is its own durable commit. */
async function openRows(
  parts: AsyncDisposableStack,
): Promise<{ readonly row: Row; readonly version: string }> {
  const server = parts.use(await startPostgres());
  const pool = parts.adopt(openPool(server.url, CONCURRENCY), (open) => open.end());
  await pool.query(TABLE);
  const row: Row = async (stage, incident) => {
    await pool.query({ ...INSERT, values: [incident.id, stage, JSON.stringify(incident)] });
  };
  return { row, version: server.version };
}

/** Six queues, a worker each; a stage is done when the job is in the queue of the next one. */
export function bullmq(options: { readonly withRow: boolean }): LoopArm {
  const parts = new AsyncDisposableStack();
  let queues: readonly Queue<Incident>[] = [];
  let steps = 0;
  const versions: string[] = [];

  return {
    servers: () => versions,

    async start(done) {
      const redis = parts.use(await startRedis());
      versions.push(`Redis ${redis.version}`);
      const rows = options.withRow ? await openRows(parts) : undefined;
      if (rows !== undefined) versions.push(`Postgres ${rows.version}`);

      const open = (): Redis =>
        parts.adopt(new Redis({ path: redis.path, maxRetriesPerRequest: null }), (connection) =>
          connection.disconnect(),
        );
      const shared = open();
      queues = Array.from({ length: STAGES }, (_, stage) =>
        parts.adopt(new Queue<Incident>(`stage-${stage}`, { connection: shared }), (queue) =>
          queue.close(),
        ),
      );
      for (const [stage, queue] of queues.entries()) {
        const next = queues[stage + 1];
        const settings = {
          connection: open(),
          concurrency: CONCURRENCY,
          removeOnComplete: { count: 0 },
        };
        const work = async (incident: Incident): Promise<void> => {
          await rows?.row(stage, incident);
          await next?.add('incident', incident);
          steps += 1;
        };
        const worker = new Worker<Incident>(queue.name, (job) => work(job.data), settings);
        // The last hop counts once its completion is stored, as the ones before it do.
        if (next === undefined) worker.on('completed', (job) => done(job.data.id));
        parts.adopt(worker, (running) => running.close(true));
        await worker.waitUntilReady();
      }
    },

    async submit(incidents) {
      for (let from = 0; from < incidents.length; from += BULK) {
        const jobs = incidents.slice(from, from + BULK).map((data) => ({ name: 'incident', data }));
        await queues[0]?.addBulk(jobs);
      }
    },

    drained: async () => {},
    stepsDone: async () => steps,
    stop: () => parts.disposeAsync(),
  };
}
