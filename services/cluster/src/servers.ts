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
  readonly brokers?: string;
  readonly redisUrl?: string;
  readonly postgres?: PostgresServer;
  readonly kafka?: KafkaServer;
  readonly redis?: RedisServer;
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
  const { brokers: amount } = options;
  const wanted = [
    config.DATABASE_URL === undefined ? startDatabase(data, options) : undefined,
    config.KAFKA_BROKERS === undefined && amount !== 0
      ? startBrokers(join(data, 'kafka'), amount)
      : undefined,
    config.REDIS_URL === undefined && amount !== 0
      ? startTimers(join(data, 'redis'))
      : undefined,
  ] as const;
  const outcomes = await Promise.allSettled(wanted);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled' && outcome.value !== undefined) parts.use(outcome.value);
  }
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const [postgres, kafka, redis] = await Promise.all(wanted);
  const brokers = config.KAFKA_BROKERS?.join(',') ?? kafka?.brokers;
  const redisUrl = config.REDIS_URL ?? redis?.url;
  return {
    databaseUrl: config.DATABASE_URL ?? postgres?.url ?? '',
    ...(brokers === undefined ? {} : { brokers }),
    ...(redisUrl === undefined ? {} : { redisUrl }),
    ...(postgres === undefined ? {} : { postgres }),
    ...(kafka === undefined ? {} : { kafka }),
    ...(redis === undefined ? {} : { redis }),
  };
}

/** Each process has a few connections, and one that holds its locks. */
function startDatabase(data: string, { processes }: ServerOptions): Promise<PostgresServer> {
  const settings = { max_connections: String(40 + CONNECTIONS * processes) };
  return startPostgres({ dir: join(data, 'postgres'), settings });
}

async function startBrokers(dataDir: string, brokers: 1 | 3): Promise<KafkaServer> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return startKafka({ dataDir, brokers });
}

async function startTimers(dir: string): Promise<RedisServer> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return startRedis({ dir });
}
