import { CityLoopError, Unavailable } from '@cityloop/kernel';
import type pg from 'pg';
import type { Query, Queryable, Session, Transaction } from './database.ts';
import { mapError, StatementError } from './errors.ts';
import type { DatabaseLogger } from './logger.ts';

type Connection = Pick<pg.ClientBase, 'query'>;

// The server says goodbye in an answer before the socket closes: until then it looks healthy.
const gone = new WeakSet<Connection>();

/** Whether a statement has found that the connection is of no use any more. */
export const isGone = (connection: Connection): boolean => gone.has(connection);

async function run(connection: Connection, query: Query): Promise<pg.QueryResult> {
  try {
    // The driver never writes to `values`, but its types do not say so.
    return await connection.query(query as pg.QueryConfig<unknown[]>);
  } catch (error) {
    const mapped = mapError(error);
    if (mapped instanceof Unavailable && mapped.code === 'DB_UNAVAILABLE') gone.add(connection);
    throw mapped;
  }
}

/** The statements of one connection, as our own type. */
export function queryable(connection: Connection): Queryable {
  return {
    async query<Row>(query: Query): Promise<readonly Row[]> {
      const result = await run(connection, query);
      // What the columns hold is the claim of whoever wrote the statement.
      return result.rows as Row[];
    },
    execute: async (query) => (await run(connection, query)).rowCount ?? 0,
  };
}

/** Refuses statements once its transaction is over, instead of running them outside of it. */
function guarded(connection: Connection): { readonly tx: Transaction; end(): void } {
  const open = queryable(connection);
  let over = false;
  const check = (): void => {
    if (over) throw new Error('a statement came after the end of its transaction');
  };
  return {
    tx: {
      query: async (query) => {
        check();
        return await open.query(query);
      },
      execute: async (query) => {
        check();
        return await open.execute(query);
      },
    },
    end: () => {
      over = true;
    },
  };
}

async function commit(connection: Connection): Promise<void> {
  let command: string;
  try {
    ({ command } = await run(connection, { text: 'commit' }));
  } catch (error) {
    // A deferred constraint speaks up here; anything else leaves the outcome open.
    if (!(error instanceof CityLoopError) || !error.retryable) throw error;
    if (error.code === 'DB_CONFLICT') throw error;
    throw new Unavailable(
      'DB_COMMIT_UNKNOWN',
      'the connection broke while committing',
      {},
      {
        cause: error,
      },
    );
  }
  // Postgres answers a commit after a failed statement with a rollback, and calls that success.
  if (command === 'ROLLBACK') {
    throw new StatementError('DB_TRANSACTION_ABORTED', 'a failed statement was passed over', {
      sqlState: '25P02',
    });
  }
}

/** Runs `work` between `begin` and `commit`; `begin` travels together with its first statement. */
export async function inTransaction<T>(
  connection: Connection,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { tx, end } = guarded(connection);
  const begun = run(connection, { text: 'begin' });
  // When this fails the connection is gone, and every statement after it says the same.
  begun.catch(() => undefined);
  try {
    const result = await work(tx);
    end();
    await begun;
    await commit(connection);
    return result;
  } catch (error) {
    end();
    // A connection that cannot roll back is broken and leaves the pool, so the server rolls back.
    await run(connection, { text: 'rollback' }).catch(() => undefined);
    throw error;
  }
}

/** Runs `work` on `client` from connecting to closing it, or until `stop` fires. */
export async function startSession<T>(
  client: pg.Client,
  work: (session: Session) => Promise<T>,
  stop: AbortSignal,
  logger: DatabaseLogger,
): Promise<T> {
  const lost = new AbortController();
  client.on('error', () => lost.abort());
  client.on('end', () => lost.abort());
  const cut = (): void => {
    lost.abort();
    client.end().catch(() => undefined);
  };
  try {
    await client.connect();
  } catch (error) {
    throw mapError(error);
  }
  stop.addEventListener('abort', cut, { once: true });
  if (stop.aborted) cut();
  const session: Session = {
    ...queryable(client),
    transaction: (inner) => inTransaction(client, inner),
    lost: lost.signal,
  };
  try {
    return await work(session);
  } finally {
    stop.removeEventListener('abort', cut);
    await client
      .end()
      .catch((error: unknown) => logger.debug({ err: error }, 'session did not close cleanly'));
  }
}
