import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type MeasuredRedis, measuredRedis } from './redis-server.ts';
import { inBatches, type TimersArm } from './timers-arm.ts';

const CONCURRENCY = 25;

/** Delayed jobs, each under its own id, without data. */
export function bullmq(): TimersArm {
  const parts = new AsyncDisposableStack();
  let redis: MeasuredRedis | undefined;
  let queue: Queue | undefined;

  const open = (): Redis =>
    parts.adopt(new Redis(redis?.url ?? '', { maxRetriesPerRequest: null }), (connection) => {
      connection.on('error', () => undefined);
      connection.disconnect();
    });

  return {
    servers: () => (redis === undefined ? [] : [`Redis ${redis.version}`]),
    async start() {
      redis = parts.use(await measuredRedis());
      queue = parts.adopt(new Queue('timers', { connection: open() }), (open_) => open_.close());
      queue.on('error', () => undefined);
    },
    arm: (timers) =>
      inBatches(timers, async (batch) => {
        const nowMs = Date.now();
        await queue?.addBulk(
          batch.map(({ id, dueMs }) => ({
            name: 'due',
            data: {},
            opts: { jobId: id, delay: dueMs - nowMs, removeOnComplete: true },
          })),
        );
      }),
    cancel: (timers) =>
      inBatches(timers, (batch) => Promise.all(batch.map(async ({ id }) => queue?.remove(id)))),
    usedBytes: async () => redis?.usedBytes() ?? Number.NaN,
    async ring(rung) {
      const worker = new Worker('timers', async (job) => rung(job.id ?? ''), {
        connection: open(),
        concurrency: CONCURRENCY,
      });
      worker.on('error', () => undefined);
      parts.adopt(worker, (running) => running.close(true));
      await worker.waitUntilReady();
    },
    restart: async () => redis?.restart(),
    stop: () => parts.disposeAsync(),
  };
}
