import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  freePorts,
  type KafkaServer,
  type PostgresServer,
  type RedisServer,
  startKafka,
  startPostgres,
  startRedis,
} from '@cityloop/servers';
import { type FaultProxy, startProxy } from './fault-proxy.ts';

/** Servers with a link before each that can be harmed; services know the links alone. */
export type LinkedServers = {
  readonly kafka: KafkaServer;
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  readonly redisDir: string;
  /** By name: `link:broker-1`, `link:redis`, `link:postgres`. */
  readonly links: ReadonlyMap<string, FaultProxy>;
  /** Where services find them. */
  readonly brokers: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
};

/** Postgres names its socket by its port, whoever listens there. */
const SOCKET = '.s.PGSQL.5432';

/** Starts them with their data below `data`; what was started is stopped with `parts`. */
export async function startLinkedServers(
  data: string,
  options: { readonly brokers: 1 | 3; readonly connections: number },
  parts: AsyncDisposableStack,
): Promise<LinkedServers> {
  const [brokers, timers, database] = await Promise.all([
    linkedBrokers(join(data, 'kafka'), options.brokers, parts),
    linkedTimers(join(data, 'redis'), parts),
    linkedDatabase(data, options.connections, parts),
  ]);
  return {
    ...brokers,
    ...timers,
    ...database,
    links: new Map([...brokers.links, ...timers.links, ...database.links]),
  };
}

async function linkedBrokers(dataDir: string, count: 1 | 3, parts: AsyncDisposableStack) {
  const ports = await freePorts(count);
  const proxies: FaultProxy[] = [];
  for (const port of ports) {
    proxies.push(parts.use(await startProxy({ port: 0 }, () => ({ port, host: '127.0.0.1' }))));
  }
  const advertised = proxies.map(({ port }) => `127.0.0.1:${port}`);
  await mkdir(dataDir, { recursive: true });
  const kafka = parts.use(await startKafka({ dataDir, brokers: count, ports, advertised }));
  const links = proxies.map((proxy, n) => [`link:broker-${n + 1}`, proxy] as const);
  return { kafka, brokers: advertised.join(','), links };
}

async function linkedTimers(dir: string, parts: AsyncDisposableStack) {
  await mkdir(dir, { recursive: true });
  const redis = parts.use(await startRedis({ dir }));
  const port = Number(new URL(redis.url).port);
  const proxy = parts.use(await startProxy({ port: 0 }, () => ({ port, host: '127.0.0.1' })));
  return {
    redis,
    redisDir: dir,
    redisUrl: `redis://127.0.0.1:${proxy.port}`,
    links: [['link:redis', proxy] as const],
  };
}

async function linkedDatabase(data: string, connections: number, parts: AsyncDisposableStack) {
  const settings = { max_connections: String(connections) };
  const postgres = parts.use(await startPostgres({ dir: join(data, 'postgres'), settings }));
  // Without a host a URL is none to the parser; what stands behind the question mark is.
  const [place = '', query] = postgres.url.split('?');
  const folder = new URLSearchParams(query).get('host') ?? '';
  // As short as can be: the address of a socket has some hundred bytes.
  const path = join(data, 'pg', SOCKET);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const proxy = parts.use(await startProxy({ path }, () => ({ path: join(folder, SOCKET) })));
  return {
    postgres,
    databaseUrl: `${place}?host=${encodeURIComponent(dirname(path))}`,
    links: [['link:postgres', proxy] as const],
  };
}
