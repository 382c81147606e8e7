import type { ConnectionOptions } from 'node:tls';
import { InvalidInput } from '@cityloop/kernel';
import { Cluster, Redis } from 'ioredis';

export type RedisAddress = {
  /**
   * `redis://user:password@host:port/db`, `rediss://…` for TLS; several, separated by commas, are nodes
   * of one Redis Cluster.
   */
  readonly url: string;
  /** Beyond what `rediss://` says: a certificate authority of one's own, say. */
  readonly tls?: ConnectionOptions | undefined;
};

/** No answer within this is none, ms. */
const COMMAND_MS = 2_000;
const CONNECT_MS = 2_000;
/** How long the other end may take to close a connection that was given up, ms. */
const DISCONNECT_MS = 200;
const SLOWEST_RETRY_MS = 1_000;
/** A connection that has not answered is given up, but not sooner than this after the last, ms. */
const FRESHEN_MS = 3_000;

/** A connection that is made again for ever; nothing is queued while there is none. */
export type Connection = {
  readonly client: Redis | Cluster;
  /** Gives up a connection that does not answer: the other end may not know of it any more. */
  freshen(): void;
  close(): void;
};

/** Begins to connect; throws `InvalidInput` on an address that is none. */
export function connect({ url, tls }: RedisAddress): Connection {
  const urls = url.split(',').map((one) => one.trim());
  for (const one of urls) refuseNonsense(one);
  const client = urls.length === 1 ? single(urls[0] ?? '', tls) : cluster(urls, tls);
  // What happens to the connection is seen by what happens to the commands.
  client.on('error', () => undefined);
  let freshenedMs = performance.now();
  let closed = false;
  // Given up while it was being made, a connection would not be made again.
  client.on('end', () => {
    if (!closed) setTimeout(() => void client.connect().catch(() => undefined), SLOWEST_RETRY_MS);
  });
  return {
    client,
    freshen() {
      if (performance.now() - freshenedMs < FRESHEN_MS) return;
      freshenedMs = performance.now();
      client.disconnect(true);
    },
    close() {
      closed = true;
      client.disconnect();
    },
  };
}

const retry = (times: number): number =>
  Math.min(SLOWEST_RETRY_MS, 50 * 2 ** Math.min(times, 8)) * (0.75 + Math.random() / 2);

function optionsFor(tls: ConnectionOptions | undefined) {
  return {
    // What was under way when the connection broke fails at once: the rows stand in, and nothing is sent
    // twice. (Without a limit it would hang until its time is over.)
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_MS,
    disconnectTimeout: DISCONNECT_MS,
    connectTimeout: CONNECT_MS,
    retryStrategy: retry,
    // A master that has become a replica: connect again, to the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(tls === undefined ? {} : { tls }),
  };
}

const single = (url: string, tls: ConnectionOptions | undefined): Redis =>
  new Redis(url, optionsFor(tls));

function cluster(urls: readonly string[], tls: ConnectionOptions | undefined): Cluster {
  const [first = ''] = urls;
  const { username, password, protocol } = new URL(first);
  const secure = protocol === 'rediss:' ? { tls: tls ?? {} } : {};
  return new Cluster([...urls], {
    enableOfflineQueue: false,
    clusterRetryStrategy: retry,
    redisOptions: {
      ...optionsFor(tls),
      ...secure,
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    },
  });
}

/** The message must not repeat the address: it may hold a password. */
function refuseNonsense(url: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol === 'redis:' || protocol === 'rediss:') return;
  throw new InvalidInput(
    'REDIS_ADDRESS',
    'the address of Redis is redis://host:port or, with TLS, rediss://host:port',
  );
}
