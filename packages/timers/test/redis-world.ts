import { randomUUID } from 'node:crypto';
import {
  connectRedis,
  type Place,
  type RedisOptions,
  type RedisTimersProbe,
  rowsAmong,
  type TimerRows,
} from '../src/index.ts';
import { LEASE_MS, type TimerWorld } from '../src/testing/index.ts';

export type RedisWorld = TimerWorld & { readonly rows: TimerRows };

/** An index in Redis, of rows in memory, with keys of its own. */
export async function redisWorld(
  options: RedisOptions,
  probe: RedisTimersProbe = {},
): Promise<RedisWorld> {
  const places = new Map<string, Place>();
  const rows = rowsAmong(() => [...places].map(([id, place]) => ({ id, ...place })));
  const redis = await connectRedis({ prefix: `test-${randomUUID()}`, ...options });
  const index = await redis.timers({ service: 'handling', rows, leaseMs: LEASE_MS, probe });
  return {
    index,
    rows,
    async set(id, now) {
      const before = places.get(id);
      if (now === undefined) places.delete(id);
      else places.set(id, now);
      await index.arm([{ id, before, now }]);
    },
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  };
}

/** The same where Redis must be well all the time: otherwise it would be the rows that are tested. */
export async function healthyWorld(options: RedisOptions): Promise<RedisWorld> {
  const changes: string[] = [];
  const world = await redisWorld(options, { stateChanged: (state) => changes.push(state) });
  return {
    ...world,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      if (changes.at(-1) !== 'ok' || changes.includes('away')) {
        throw new Error(`Redis was not well: ${changes.join(', ')}`);
      }
    },
  };
}
