import { PgBoss } from 'pg-boss';
import type { LoopArm } from '../arm.ts';
import { type Incident, STAGES } from '../incident.ts';
import { startPostgres } from '../servers/postgres.ts';

const BATCH = 1_000;
const POLL_SECONDS = 0.5;
const CONNECTIONS = 12;

/** Six queues worked in batches; a worker is woken in process when the stage before it has sent. */
export function pgBoss(): LoopArm {
  const parts = new AsyncDisposableStack();
  let send: (stage: number, incidents: readonly Incident[]) => Promise<void> = async () => {};
  let steps = 0;
  const versions: string[] = [];

  return {
    servers: () => versions,

    async start(done) {
      const server = parts.use(await startPostgres());
      versions.push(`Postgres ${server.version}`);
      const boss = new PgBoss({
        connectionString: server.url,
        max: CONNECTIONS,
        supervise: false,
        schedule: false,
      });
      boss.on('error', () => undefined);
      parts.adopt(boss, (running) => running.stop({ graceful: false, close: true }));
      await boss.start();

      const queues = Array.from({ length: STAGES }, (_, stage) => `stage-${stage}`);
      for (const queue of queues) await boss.createQueue(queue);
      const workers: string[] = [];
      send = async (stage, incidents) => {
        const queue = queues[stage];
        if (queue === undefined) return;
        const jobs = incidents.map((data) => ({ data }));
        await boss.insert(queue, jobs);
        const worker = workers[stage];
        if (worker !== undefined) boss.notifyWorker(worker);
      };
      for (const [stage, queue] of queues.entries()) {
        const settings = {
          batchSize: BATCH,
          burstWhenBatchFull: true,
          pollingIntervalSeconds: POLL_SECONDS,
        };
        const worker = await boss.work<Incident>(queue, settings, async (jobs) => {
          const incidents = jobs.map((job) => job.data);
          await send(stage + 1, incidents);
          steps += incidents.length;
          // Its completion follows; that it counts before is in favour of pg-boss.
          if (stage + 1 === STAGES) for (const { id } of incidents) done(id);
        });
        workers.push(worker);
      }
    },

    async submit(incidents) {
      for (let from = 0; from < incidents.length; from += BATCH)
        await send(0, incidents.slice(from, from + BATCH));
    },

    drained: async () => {},
    stepsDone: async () => steps,
    stop: () => parts.disposeAsync(),
  };
}
