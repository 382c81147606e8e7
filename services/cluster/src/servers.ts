import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CityLoopError, Unavailable } from '@cityloop/kernel';
import {
  type RedisServer,
  type ServerProcess,
  startKafka,
  startPostgres,
  startRedis,
} from '@cityloop/servers';
import type { Config } from './config.ts';

/** Servers one may do without: Postgres does their work then. */
export const dispensable = ['kafka', 'redis'] as const;
export type Dispensable = (typeof dispensable)[number];

/** The servers everything runs on. */
export type Servers = {
  readonly databaseUrl: string;
  readonly kafkaBrokers?: string;
  readonly redisUrl?: string;
  /** For people: each, and where it is. */
  readonly told: readonly string[];
  /** Those that were started here, to be treated badly. */
  readonly brokers: readonly ServerProcess[];
  readonly redis?: ServerProcess;
  readonly postgresPid?: number;
};

export type ServersWanted = {
  readonly brokers: 1 | 3;
  readonly without: readonly Dispensable[];
  /** Connections to Postgres of all processes together. */
  readonly connections: number;
};

/**
 * Takes those whose address is given, and starts the others in `data`; `parts` stops what was started. What
 * is missing is told all at once.
 */
export async function openServers(
  config: Config,
  data: string,
  wanted: ServersWanted,
  parts: AsyncDisposableStack,
): Promise<Servers> {
  const opening = [
    postgresOf(config, data, wanted, parts),
    kafkaOf(config, data, wanted, parts),
    redisOf(config, data, wanted, parts),
  ] as const;
  refuseMissing(await Promise.allSettled(opening));
  const [postgres, kafka, redis] = await Promise.all(opening);
  return { ...postgres, ...kafka, ...redis, told: [postgres, kafka, redis].flatMap((s) => s.told) };
}

/** By the code of the first of them; anything else that went wrong is told by whoever waits for it. */
function refuseMissing(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  const errors = outcomes.flatMap((one): unknown[] =>
    one.status === 'rejected' ? [one.reason] : [],
  );
  const known = errors.filter((error) => error instanceof CityLoopError);
  const [first] = known;
  if (first === undefined || known.length < errors.length) return;
  const said = known.map(({ message }) => message).join('\n');
  throw new Unavailable(first.code, said, {}, { cause: new AggregateError(known) });
}

type Some = Pick<Servers, 'told'>;

async function postgresOf(
  config: Config,
  data: string,
  { connections }: ServersWanted,
  parts: AsyncDisposableStack,
): Promise<Some & Pick<Servers, 'databaseUrl' | 'postgresPid'>> {
  const { DATABASE_URL: given } = config;
  if (given !== undefined) {
    return { databaseUrl: given, told: ['数据库 database    DATABASE_URL'] };
  }
  const dir = join(data, 'postgres');
  const settings = { max_connections: String(connections) };
  const { url, pid } = parts.use(await startPostgres({ dir, settings }));
  return {
    databaseUrl: url,
    postgresPid: pid,
    told: [`数据库 database    embedded, ${dir}, pid ${pid}`],
  };
}

async function kafkaOf(
  config: Config,
  data: string,
  { brokers, without }: ServersWanted,
  parts: AsyncDisposableStack,
): Promise<Some & Pick<Servers, 'kafkaBrokers' | 'brokers'>> {
  const { KAFKA_BROKERS: given } = config;
  if (given !== undefined) {
    return { kafkaBrokers: given, brokers: [], told: [`事件日志 event log  Kafka ${given}`] };
  }
  if (without.includes('kafka')) {
    return { brokers: [], told: ['事件日志 event log  Postgres'] };
  }
  const dataDir = join(data, 'kafka');
  const kafka = parts.use(
    await startKafka({ dataDir, brokers }).catch((error: unknown) => {
      throw orWithout(error, 'kafka', 'KAFKA_BROKERS');
    }),
  );
  const pids = kafka.nodes.map(({ pid }) => pid).join(' ');
  return {
    kafkaBrokers: kafka.brokers,
    brokers: kafka.nodes,
    told: [`事件日志 event log  Kafka ${kafka.brokers}, pid ${pids}`],
  };
}

async function redisOf(
  config: Config,
  data: string,
  { without }: ServersWanted,
  parts: AsyncDisposableStack,
): Promise<Some & Pick<Servers, 'redisUrl' | 'redis'>> {
  const { REDIS_URL: given } = config;
  if (given !== undefined) return { redisUrl: given, told: ['时钟 timers        REDIS_URL'] };
  if (without.includes('redis')) return { told: ['时钟 timers        Postgres'] };
  const dir = join(data, 'redis');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const redis: RedisServer = parts.use(
    await startRedis({ dir }).catch((error: unknown) => {
      throw orWithout(error, 'redis', 'REDIS_URL');
    }),
  );
  const { pid } = redis.process;
  return {
    redisUrl: redis.url,
    redis: redis.process,
    told: [`时钟 timers        Redis ${redis.url}, pid ${pid}`],
  };
}

/** What is missing, and what else there is. */
function orWithout(error: unknown, which: Dispensable, setting: string): unknown {
  if (!(error instanceof CityLoopError)) return error;
  return new Unavailable(
    error.code,
    `${error.message}\n  or name one that runs with ${setting}, or let Postgres do its work: --without ${which}`,
    {},
    { cause: error },
  );
}
