import { type CityLoopError, Unavailable } from '@cityloop/kernel';
import pg from 'pg';
import { inTransaction, isGone, queryable, startSession } from './connection.ts';
import type { Database, Query } from './database.ts';
import { mapError } from './errors.ts';
import { type DatabaseLogger, silent } from './logger.ts';
import { parsers } from './parsers.ts';

/** How a pool behaves; every field has a default that suits one service. */
export type PoolOptions = {
  /** Most connections at a time, sessions not counted. */
  readonly max?: number;
  /** What `pg_stat_activity` shows. */
  readonly name?: string;
  readonly logger?: DatabaseLogger;
  /** How long a caller waits for a free connection before `DB_BUSY`. */
  readonly waitMs?: number;
  /**
   * How long one statement may take, unless in a session. The server cancels it then (`DB_TIMEOUT`); where
   * nothing is heard of the server either, the connection is given up a little later (`DB_UNAVAILABLE`).
   * Nothing is limited unless told.
   */
  readonly limitMs?: number;
};

const WAIT_MS = 10_000;
const IDLE_MS = 30_000;
/** How soon a silent connection is asked whether its other end is still there; the system's own is two hours. */
const KEEP_ALIVE_MS = 10_000;
/** How much longer than the server's limit its word is waited for. */
const GRACE_MS = 3_000;
// Times come back as text, which must not depend on where the server stands.
const OPTIONS = '-c TimeZone=UTC';

function settings(url: string, options: PoolOptions): pg.PoolConfig {
  return {
    connectionString: url,
    application_name: options.name ?? 'cityloop',
    max: options.max ?? 10,
    connectionTimeoutMillis: options.waitMs ?? WAIT_MS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    options: OPTIONS,
    pipeline: true,
    types: parsers,
  };
}

function limits({ limitMs }: PoolOptions): pg.PoolConfig {
  if (limitMs === undefined) return {};
  return {
    options: `${OPTIONS} -c statement_timeout=${limitMs}`,
    // What was sent to a host that has vanished is sent again by the system for a quarter of an hour.
    query_timeout: limitMs + GRACE_MS,
  };
}

/** Runs `work` on a connection of the pool, which drops one that broke. */
async function withClient<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw mapError(error);
  });
  try {
    return await work(client);
  } finally {
    client.release(isGone(client));
  }
}

/**
 * Opens a pool on `url` (a `postgresql:` address, also with `?host=/folder` for a unix socket). It
 * connects when first asked, and again after the server went away: callers see `Unavailable`
 * meanwhile. Nothing of the driver can be reached through it.
 */
export function createPool(url: string, options: PoolOptions = {}): Database {
  const logger = options.logger ?? silent;
  const config = settings(url, options);
  const pool = new pg.Pool({ ...config, ...limits(options) });
  const stopping = new AbortController();
  const sessions = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  // Who uses the connection hears of the break from its statement; the event has nobody else.
  pool.on('connect', (client) => client.on('error', () => undefined));
  // A stopping server tells idle connections too (57P01); without a listener that ends the process.
  pool.on('error', (error) => {
    // Connections we are giving up ourselves; a server that stops meanwhile tells them too.
    if (stopping.signal.aborted) return;
    const mapped = mapError(error) as CityLoopError; // an Error always maps to one of ours
    logger.warn({ code: mapped.code }, 'idle database connection lost');
  });

  const close = async (): Promise<void> => {
    stopping.abort();
    await Promise.allSettled(sessions);
    await pool.end();
  };

  return {
    query: (query: Query) => withClient(pool, (client) => queryable(client).query(query)),
    execute: (query) => withClient(pool, (client) => queryable(client).execute(query)),
    transaction: (work) => withClient(pool, (client) => inTransaction(client, work)),
    session: async (work) => {
      if (closed !== undefined) throw new Unavailable('DB_CLOSED', 'the database has been closed');
      const running = startSession(new pg.Client(config), work, stopping.signal, logger);
      sessions.add(running);
      return await running.finally(() => sessions.delete(running));
    },
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}
