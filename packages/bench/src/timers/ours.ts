import { connectRedis, startAlarms, type TimerIndex, type TimerRows } from '@cityloop/timers';
import { type MeasuredRedis, measuredRedis } from './redis-server.ts';
import { inBatches, type TimersArm } from './timers-arm.ts';

/** Our index in Redis. There are no rows here: of the peers none keeps a truth beside its timers. */
export function ours(): TimersArm {
  const parts = new AsyncDisposableStack();
  let redis: MeasuredRedis | undefined;
  let index: TimerIndex | undefined;

  /** Nothing is armed when it starts, nothing gets lost, and what has rung is due no more. */
  const rows: TimerRows = {
    due: async () => [],
    nextDueMs: async () => undefined,
    countdown: async () => [],
    dues: async () => new Map(),
  };

  return {
    servers: () => (redis === undefined ? [] : [`Redis ${redis.version}`]),
    async start() {
      redis = parts.use(await measuredRedis());
      const connection = parts.use(await connectRedis({ url: redis.url }));
      index = await connection.timers({ service: 'bench', rows });
    },
    async arm(timers) {
      await inBatches(timers, async (batch) =>
        index?.arm(batch.map(({ id, ...now }) => ({ id, now }))),
      );
      refuseDegraded(index);
    },
    async cancel(timers) {
      await inBatches(timers, async (batch) =>
        index?.arm(batch.map(({ id, ...before }) => ({ id, before }))),
      );
      refuseDegraded(index);
    },
    usedBytes: async () => redis?.usedBytes() ?? Number.NaN,
    async ring(rung) {
      if (index === undefined) return;
      const alarms = startAlarms({
        index,
        rows,
        nowMs: Date.now,
        nudge: async (id) => rung(id),
      });
      parts.use(alarms);
    },
    restart: async () => redis?.restart(),
    stop: () => parts.disposeAsync(),
  };
}

/** Otherwise it would be nothing that was measured. */
function refuseDegraded(index: TimerIndex | undefined): void {
  if (index?.state() !== 'ok') throw new Error('Redis did not keep up');
}
