import { startEmbeddedPostgres } from '@cityloop/postgres';
import pg from 'pg';
import { makeTempFolder } from './temp-folder.ts';

/** The Postgres of the product, with its settings, fsync on, on a folder of its own. */
export type PostgresServer = AsyncDisposable & { readonly url: string; readonly version: string };

/** Takes a second: the cluster is new each time, so that no arm inherits the rows of another. */
export async function startPostgres(): Promise<PostgresServer> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await makeTempFolder());
  const server = parts.use(await startEmbeddedPostgres({ dataDir: folder.path }));
  const owned = parts.move();
  return {
    url: server.url,
    version: server.version,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A pool of the driver itself, as a user of the peer would open it, with `max` connections. */
export function openPool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max });
  // A server that stops first tells idle connections so; nobody is left to care.
  pool.on('error', () => undefined);
  return pool;
}
