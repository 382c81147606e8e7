export type { Database, Query, Queryable, Session, Transaction } from './database.ts';
export {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from './embedded/start.ts';
export { isForeignKeyViolation, isUniqueViolation, StatementError } from './errors.ts';
export type { DatabaseLogger } from './logger.ts';
export { type MigrateOptions, migrate } from './migrate.ts';
export type { MigrationFile } from './migration-files.ts';
export { createPool, type PoolOptions } from './pool.ts';
export { identifier, type Statement, statement } from './statement.ts';
