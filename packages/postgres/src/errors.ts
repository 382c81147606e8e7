import { CityLoopError, Unavailable } from '@cityloop/kernel';
import pg from 'pg';

/**
 * Postgres refused a statement for good: a violated constraint, or a mistake in our SQL. `code` is
 * `DB_…`. Neither message nor details hold values of the row, which may be personal.
 */
export class StatementError extends CityLoopError {
  readonly retryable = false;
  /** The five letters of Postgres. */
  readonly sqlState: string;
  /** The violated constraint, where there is one. */
  readonly constraint: string | undefined;
  /** Where in the text (from 1) Postgres stumbled, where it says so. */
  readonly position: number | undefined;

  constructor(code: string, message: string, fields: StatementFields) {
    super(code, message, {
      sqlState: fields.sqlState,
      ...(fields.constraint === undefined ? {} : { constraint: fields.constraint }),
    });
    this.sqlState = fields.sqlState;
    this.constraint = fields.constraint;
    this.position = fields.position;
  }
}

type StatementFields = {
  readonly sqlState: string;
  readonly constraint?: string | undefined;
  readonly position?: number | undefined;
};

const REFUSED: Readonly<Record<string, string>> = {
  '23502': 'DB_NOT_NULL_VIOLATION',
  '23503': 'DB_FOREIGN_KEY_VIOLATION',
  '23505': 'DB_UNIQUE_VIOLATION',
  '23514': 'DB_CHECK_VIOLATION',
  '23P01': 'DB_EXCLUSION_VIOLATION',
  XX001: 'DB_CORRUPTED',
  XX002: 'DB_CORRUPTED',
};

const PASSING: Readonly<Record<string, readonly [code: string, message: string]>> = {
  '25006': ['DB_READ_ONLY', 'the database takes no writes at the moment'],
  '40001': ['DB_CONFLICT', 'another transaction was in the way'],
  '40P01': ['DB_CONFLICT', 'another transaction was in the way'],
  '53100': ['DB_FULL', 'the disk of the database is full'],
  '55P03': ['DB_CONFLICT', 'another transaction holds the lock'],
  '57014': ['DB_TIMEOUT', 'the database took too long and was cancelled'],
  '58030': ['DB_IO', 'the database cannot read or write its files'],
};

const PASSING_CLASSES: Readonly<Record<string, readonly [code: string, message: string]>> = {
  '08': ['DB_UNAVAILABLE', 'the connection to the database broke'],
  '53': ['DB_OVERLOADED', 'the database has no connection or memory left'],
  '57': ['DB_UNAVAILABLE', 'the database is starting or stopping'],
};

// Codes of the two classes whose message may quote what somebody typed.
const QUOTES_VALUES = /^(22|23)/;

function fromPostgres(error: pg.DatabaseError): CityLoopError {
  const sqlState = error.code ?? 'XX000';
  const passing = PASSING[sqlState] ?? PASSING_CLASSES[sqlState.slice(0, 2)];
  if (passing !== undefined) return new Unavailable(passing[0], passing[1], { sqlState });
  const code = REFUSED[sqlState] ?? 'DB_STATEMENT_FAILED';
  const { constraint, table } = error;
  const where = constraint ?? table;
  const said = QUOTES_VALUES.test(sqlState)
    ? `the database refused a value${where === undefined ? '' : ` (${where})`}`
    : `the database refused a statement: ${error.message}`;
  const position = error.position === undefined ? undefined : Number(error.position);
  return new StatementError(code, said, { sqlState, constraint, position });
}

// The pool says these two in words only.
const POOL_BUSY = 'timeout exceeded when trying to connect';
const POOL_CLOSED = 'Cannot use a pool after calling end on the pool';

/** Our own error for whatever the driver threw; errors that are ours already pass through. */
export function mapError(error: unknown): unknown {
  if (error instanceof CityLoopError || !(error instanceof Error)) return error;
  if (error instanceof pg.DatabaseError) return fromPostgres(error);
  if (error.message === POOL_BUSY) {
    return new Unavailable('DB_BUSY', 'every connection to the database is in use');
  }
  if (error.message === POOL_CLOSED) {
    return new Unavailable('DB_CLOSED', 'the database has been closed by this process');
  }
  // A mistake of ours in a value (a circular object, say) must not be retried for ever.
  if (error instanceof TypeError || error instanceof RangeError) return error;
  const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return new Unavailable('DB_UNAVAILABLE', 'the database does not answer', { reason });
}

/** Whether a unique constraint (this one, when named) refused the statement. */
export function isUniqueViolation(error: unknown, constraint?: string): error is StatementError {
  return (
    error instanceof StatementError &&
    error.code === 'DB_UNIQUE_VIOLATION' &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** Whether a foreign key (this one, when named) refused the statement. */
export function isForeignKeyViolation(
  error: unknown,
  constraint?: string,
): error is StatementError {
  return (
    error instanceof StatementError &&
    error.code === 'DB_FOREIGN_KEY_VIOLATION' &&
    (constraint === undefined || error.constraint === constraint)
  );
}
