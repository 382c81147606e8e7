/** One statement. `name` makes it prepared once a connection: `statement()` draws a fitting one. */
export type Query = {
  readonly text: string;
  readonly name?: string;
  readonly values?: readonly unknown[];
};

/**
 * Something that answers statements. What comes back is as Postgres sent it: `int8` a number (a
 * bigint beyond 2^53), `json` and `jsonb` parsed, `numeric` and every date and time the text of
 * Postgres in UTC; select `(extract(epoch from at) * 1000)::int8` where milliseconds are wanted.
 * `Row` is the caller's claim about the columns, as unchecked as the SQL beside it.
 *
 * Throws `StatementError` for what the statement did wrong and `Unavailable` (`DB_…`) for what may
 * pass; the messages hold no values of rows.
 */
export type Queryable = {
  query<Row = unknown>(query: Query): Promise<readonly Row[]>;
  /** Runs a statement whose rows nobody wants, and answers how many it touched. */
  execute(query: Query): Promise<number>;
};

/**
 * A running transaction (read committed). Statements given without waiting are sent at once and run
 * in order, so independent ones cost one round trip together. It is over when its function returns.
 */
export type Transaction = Queryable;

/** A connection of one's own, beyond the pool's limit: for advisory locks, which die with it. */
export type Session = Queryable & {
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Fires when the connection is gone, and every lock with it. */
  readonly lost: AbortSignal;
};

/** A Postgres database behind a pool of connections. */
export type Database = Queryable &
  AsyncDisposable & {
    /**
     * Commits what `work` did when it resolves, undoes it all when it throws. Throws `Unavailable`
     * `DB_COMMIT_UNKNOWN` when the connection broke during the commit: it may have happened.
     */
    transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
    /** Runs `work` on a connection of its own, closed afterwards. */
    session<T>(work: (session: Session) => Promise<T>): Promise<T>;
    /** Cuts sessions off, waits for running transactions, closes every connection. Idempotent. */
    close(): Promise<void>;
  };
