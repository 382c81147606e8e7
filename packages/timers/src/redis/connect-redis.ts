import { Unavailable } from '@cityloop/kernel';
import { connect, type RedisAddress } from './connection.ts';
import { type RedisTimers, type RedisTimersOptions, startRedisTimers } from './redis-timers.ts';

export type RedisOptions = RedisAddress & {
  /** What all keys begin with, so that several systems can share a Redis; no braces. */
  readonly prefix?: string;
};

/** One connection to Redis, which all indexes of a process share. */
export type RedisServer = AsyncDisposable & {
  /** The index of one service. Works from the rows when Redis is away, now or later. */
  timers(options: RedisTimersOptions): Promise<RedisTimers>;
  /** Throws `Unavailable` when Redis does not answer. */
  check(): Promise<void>;
};

/** The first connection is waited for so long; without it deadlines come from the rows, ms. */
const FIRST_MS = 2_000;

/**
 * Connects, and again for ever when the connection breaks; resolves when it stands, or after two seconds
 * without. Throws `InvalidInput` on an address that is none.
 */
export async function connectRedis(options: RedisOptions): Promise<RedisServer> {
  const connection = connect(options);
  const { client } = connection;
  const { prefix = 'cityloop' } = options;
  const indexes = new Set<RedisTimers>();
  await new Promise<void>((resolve) => {
    const late = setTimeout(resolve, FIRST_MS);
    client.once('ready', () => {
      clearTimeout(late);
      resolve();
    });
  });
  return {
    async timers(given) {
      const timers = await startRedisTimers(connection, `{${prefix}:${given.service}}`, given);
      indexes.add(timers);
      return timers;
    },
    async check() {
      try {
        await client.ping();
      } catch (cause) {
        throw new Unavailable('REDIS_AWAY', 'Redis does not answer', {}, { cause });
      }
    },
    async [Symbol.asyncDispose]() {
      for (const timers of indexes) await timers[Symbol.asyncDispose]();
      connection.close();
    },
  };
}
