import { startEmbeddedPostgres } from '@cityloop/postgres';
import { makeTempFolder } from './temp-folder.ts';

export type PostgresOptions = {
  /** Where its data is kept; a new folder for its life unless given. */
  readonly dir?: string;
  /** Settings of Postgres that differ from those of the product. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** The Postgres of the product, with its settings unless said. */
export type PostgresServer = AsyncDisposable & {
  readonly url: string;
  readonly version: string;
  readonly pid: number;
};

/** For tests, none of which is about a power cut: three times as fast, and nothing survives one. */
export const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Starts the embedded Postgres; takes a second when its data has to be made. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  await using parts = new AsyncDisposableStack();
  const dataDir = options.dir ?? parts.use(await makeTempFolder('postgres')).path;
  const settings = options.settings ?? {};
  const server = parts.use(await startEmbeddedPostgres({ dataDir, settings }));
  const owned = parts.move();
  return {
    url: server.url,
    version: server.version,
    pid: server.pid,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
