import {
  connectRedis,
  type Place,
  startAlarms,
  type TimerIndex,
  type TimerRows,
} from '@cityloop/timers';
import { type MeasuredRedis, measuredRedis } from './redis-server.ts';
import { inBatches, type TimersArm } from './timers-arm.ts';

/** Our index in Redis. The rows are a map here: of the peers none keeps a truth beside its timers. */
export function ours(): TimersArm {
  const parts = new AsyncDisposableStack();
  const places = new Map<string, Place>();
  let redis: MeasuredRedis | undefined;
  let index: TimerIndex | undefined;

  /** Nothing is armed when it starts, and nothing gets lost: it is asked for what moved on only. */
  const rows: TimerRows = {
    due: async () => [],
    nextDueMs: async () => undefined,
    countdown: async () => [],
    async dues(ids) {
      return new Map(ids.flatMap((id) => entryOf(id, places.get(id))));
    },
  };

  return {
    servers: () => (redis === undefined ? [] : [`Redis ${redis.version}`]),
    async start() {
      redis = parts.use(await measuredRedis());
      const connection = parts.use(await connectRedis({ url: redis.url }));
      index = await connection.timers({ service: 'bench', rows });
    },
    async arm(timers) {
      for (const { id, centreId, dueMs } of timers) places.set(id, { centreId, dueMs });
      await inBatches(timers, async (batch) =>
        index?.arm(batch.map(({ id, ...now }) => ({ id, now }))),
      );
      refuseDegraded(index);
    },
    async cancel(timers) {
      for (const { id } of timers) places.delete(id);
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
        async nudge(id) {
          rung(id);
          places.delete(id);
        },
      });
      parts.use(alarms);
    },
    restart: async () => redis?.restart(),
    stop: () => parts.disposeAsync(),
  };
}

const entryOf = (id: string, place: Place | undefined): [string, Place][] =>
  place === undefined ? [] : [[id, place]];

/** Otherwise it would be nothing that was measured. */
function refuseDegraded(index: TimerIndex | undefined): void {
  if (index?.state() !== 'ok') throw new Error('Redis did not keep up');
}
