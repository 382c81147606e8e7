import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type KafkaServer,
  type PostgresServer,
  type RedisServer,
  startKafka,
  startPostgres,
  startRedis,
} from '@cityloop/servers';
import type { Config } from './config.ts';

export type ServerOptions = {
  /** How many brokers, where Kafka is started; none leaves the log in the database. */
  readonly brokers: 0 | 1 | 3;
  /** Processes that connect to them. */
  readonly processes: number;
};

/** The servers a cluster runs on, and those of them that were started for it. */
export type Servers = {
  readonly databaseUrl: string;
  /** `host:port`, by commas; absent when the log stands in the database. */
  readonly brokers: string | undefined;
  readonly redisUrl: string | undefined;
  readonly postgres: PostgresServer | undefined;
  readonly kafka: KafkaServer | undefined;
  readonly redis: RedisServer | undefined;
};

/** Of Postgres, by a process. */
const CONNECTIONS = 9;

/**
 * Starts those that are not given by address, all at once, with their data below `data`. Rejects with a
 * sentence that says what is not installed here and how to get it.
 */
export async function openServers(
  config: Config,
  data: string,
  options: ServerOptions,
  parts: AsyncDisposableStack,
): Promise<Servers> {
  const wanted = [
    config.DATABASE_URL === undefined ? startDatabase(data, options) : undefined,
    config.KAFKA_BROKERS === undefined ? startBrokers(data, options) : undefined,
    config.REDIS_URL === undefined ? startTimers(data, options) : undefined,
  ] as const;
  const outcomes = await Promise.allSettled(wanted);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled' && outcome.value !== undefined) parts.use(outcome.value);
  }
  const [postgres, kafka, redis] = await Promise.all(wanted);
  return {
    databaseUrl: config.DATABASE_URL ?? postgres?.url ?? '',
    brokers: config.KAFKA_BROKERS?.join(',') ?? kafka?.brokers,
    redisUrl: config.REDIS_URL ?? redis?.url,
    postgres,
    kafka,
    redis,
  };
}

/** Each process has a few connections, and one that holds its locks. */
function startDatabase(data: string, { processes }: ServerOptions): Promise<PostgresServer> {
  const settings = { max_connections: String(40 + CONNECTIONS * processes) };
  return startPostgres({ dir: join(data, 'postgres'), settings });
}

async function startBrokers(
  data: string,
  { brokers }: ServerOptions,
): Promise<KafkaServer | undefined> {
  if (brokers === 0) return undefined;
  const dataDir = join(data, 'kafka');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return startKafka({ dataDir, brokers });
}

async function startTimers(
  data: string,
  { brokers }: ServerOptions,
): Promise<RedisServer | undefined> {
  if (brokers === 0) return undefined;
  const dir = join(data, 'redis');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return startRedis({ dir });
}
