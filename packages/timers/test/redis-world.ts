import { randomUUID } from 'node:crypto';
import {
  connectRedis,
  type Place,
  type RedisOptions,
  type RedisTimersProbe,
  rowsAmong,
} from '../src/index.ts';
import { LEASE_MS, type TimerWorld } from '../src/testing/index.ts';

/** An empty index in Redis, of rows in memory, with keys of its own. */
export async function redisWorld(
  options: RedisOptions,
  probe: RedisTimersProbe = {},
): Promise<TimerWorld> {
  const places = new Map<string, Place>();
  const rows = rowsAmong(() => [...places].map(([id, place]) => ({ id, ...place })));
  const redis = await connectRedis({ prefix: `test-${randomUUID()}`, ...options });
  const index = await redis.timers({ service: 'handling', rows, leaseMs: LEASE_MS, probe });
  // Otherwise it would be the rows that are tested.
  if (index.state() !== 'ok') throw new Error('Redis is not well');
  return {
    index,
    async set(id, now) {
      const before = places.get(id);
      if (now === undefined) places.delete(id);
      else places.set(id, now);
      await index.arm([{ id, before, now }]);
    },
    async [Symbol.asyncDispose]() {
      const state = index.state();
      await redis[Symbol.asyncDispose]();
      if (state !== 'ok') throw new Error('Redis was not well');
    },
  };
}
