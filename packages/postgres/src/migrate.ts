import { InvalidInput, Unavailable } from '@cityloop/kernel';
import type { Database, Session } from './database.ts';
import { mapError, StatementError } from './errors.ts';
import { type DatabaseLogger, silent } from './logger.ts';
import {
  type Migration,
  type MigrationFile,
  orderMigrations,
  readMigrations,
} from './migration-files.ts';
import { identifier } from './statement.ts';

/** What to migrate: the files of `dir`, or `files` given by value. */
export type MigrateOptions = {
  /** Made when missing. Stands for `{schema}` in the files, already quoted. */
  readonly schema: string;
  readonly logger?: DatabaseLogger;
} & ({ readonly dir: string | URL } | { readonly files: readonly MigrationFile[] });

type Applied = { readonly version: number; readonly name: string; readonly hash: string };

// The first half of our advisory locks for migrations; the second is drawn from the schema.
const LOCK_CLASS = 0x636c_6d67;

/**
 * Brings a schema up to date: files `001_….sql`, `002_….sql` … run once each, in order, each in a
 * transaction of its own together with its row in `<schema>.migration`. SQL names the schema as
 * `{schema}`; there is no search path, so that services can share one pool. Safe to run from
 * several processes at once: the others wait and find nothing left to do. A database that is ahead
 * of the files (written by a newer build) is left as it is.
 *
 * Throws `InvalidInput` (`MIGRATION_…`) when a file was changed after it ran, is misnumbered or does
 * not run. Answers how many files ran.
 */
export async function migrate(db: Database, options: MigrateOptions): Promise<number> {
  const logger = options.logger ?? silent;
  const schema = identifier(options.schema);
  const files = 'dir' in options ? await readMigrations(options.dir) : options.files;
  const migrations = orderMigrations(files);
  return await db.session(async (session) => {
    await session.query({
      text: 'select pg_advisory_lock($1, hashtext($2))',
      values: [LOCK_CLASS, options.schema],
    });
    const applied = await prepare(session, schema);
    const pending = unapplied(migrations, applied, options.schema);
    for (const migration of pending) {
      const startedAt = performance.now();
      await apply(session, schema, migration);
      const ms = Math.round(performance.now() - startedAt);
      logger.info({ schema: options.schema, migration: migration.name, ms }, 'migration applied');
    }
    return pending.length;
  });
}

async function prepare(session: Session, schema: string): Promise<readonly Applied[]> {
  await session.transaction(async (tx) => {
    await tx.execute({ text: `create schema if not exists ${schema}` });
    await tx.execute({
      text: `create table if not exists ${schema}.migration (
        version int primary key,
        name text not null,
        hash text not null,
        at timestamptz not null default clock_timestamp()
      )`,
    });
  });
  return await session.query<Applied>({
    text: `select version, name, hash from ${schema}.migration order by version`,
  });
}

function unapplied(
  migrations: readonly Migration[],
  applied: readonly Applied[],
  schema: string,
): readonly Migration[] {
  for (const migration of migrations) {
    const before = applied.find(({ version }) => version === migration.version);
    if (before === undefined || before.hash === migration.hash) continue;
    throw new InvalidInput(
      'MIGRATION_CHANGED',
      `${migration.name} was changed after it ran on schema "${schema}" as ${before.name}: restore it and write a new migration`,
      { schema, version: migration.version },
    );
  }
  const last = applied.at(-1)?.version ?? 0;
  if (applied.length !== last) {
    throw new InvalidInput(
      'MIGRATION_HISTORY',
      `the table of migrations of schema "${schema}" has gaps: it was changed by hand`,
      { schema },
    );
  }
  return migrations.filter(({ version }) => version > last);
}

async function apply(session: Session, schema: string, migration: Migration): Promise<void> {
  const { version, name, hash } = migration;
  const sql = migration.sql.replaceAll('{schema}', schema);
  await session
    .transaction(async (tx) => {
      await tx.execute({ text: sql });
      await tx.execute({
        text: `insert into ${schema}.migration (version, name, hash) values ($1, $2, $3)`,
        values: [version, name, hash],
      });
    })
    .catch((error: unknown) => {
      const cause = mapError(error);
      if (cause instanceof Unavailable) throw cause;
      if (!(cause instanceof StatementError)) throw cause;
      const line = cause.position === undefined ? '' : ` line ${lineOf(sql, cause.position)}`;
      throw new InvalidInput(
        'MIGRATION_FAILED',
        `${name}${line}: ${cause.message}`,
        { schema, version },
        { cause },
      );
    });
}

const lineOf = (sql: string, position: number): number =>
  sql.slice(0, position - 1).split('\n').length;
