import type { RedisServer } from '@cityloop/servers';
import { Redis } from 'ioredis';
import { startRedis } from '../servers/redis.ts';

/** A million jobs take a while to load. */
const READY_MS = 120_000;

/** A Redis whose memory can be read and which can be killed. */
export type MeasuredRedis = AsyncDisposable & {
  readonly url: string;
  readonly version: string;
  usedBytes(): Promise<number>;
  /** `kill -9`, start, wait until it has loaded its data. */
  restart(): Promise<void>;
};

/** Rejects with `ArmUnavailable` where Redis is not installed. */
export async function measuredRedis(): Promise<MeasuredRedis> {
  await using parts = new AsyncDisposableStack();
  const server: RedisServer = parts.use(await startRedis({ readyMs: READY_MS }));
  const owned = parts.move();
  return {
    url: server.url,
    version: server.version,
    async usedBytes() {
      const client = new Redis(server.url);
      try {
        const used = /^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1];
        // What its clients and its append-only file have in flight is no timer's.
        const buffers = /^mem_not_counted_for_evict:(\d+)/m.exec(await client.info('memory'))?.[1];
        return Number(used) - Number(buffers ?? 0);
      } finally {
        client.disconnect();
      }
    },
    async restart() {
      server.process.kill('SIGKILL');
      await server.process.restart();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
