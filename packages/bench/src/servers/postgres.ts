import pg from 'pg';

export { startPostgres } from '@cityloop/servers';

/** A pool of the driver itself, as a user of the peer would open it, with `max` connections. */
export function openPool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max });
  // A server that stops first tells idle connections so; nobody is left to care.
  pool.on('error', () => undefined);
  return pool;
}
