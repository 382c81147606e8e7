import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { afterAll } from 'vitest';

/** Takes every row out of the tables, and lets the log begin at its first position. */
const EMPTY = `
  do $$ begin
    -- The log refuses to be emptied; these triggers ask who serves, not who tests.
    set local session_replication_role = replica;
    execute (select 'truncate ' || string_agg(format('%I.%I', schemaname, tablename), ', ')
             from pg_tables
             where schemaname !~ '^(pg_|information_schema)'
               and tablename not in ('head', 'migration', 'relay'));
    execute (select string_agg(format('update %I.head set next = 1', schemaname), ';')
             from pg_tables where tablename = 'head');
  end $$`;

/**
 * Databases with a log for the tests of one file: disposing one empties it for the next test, which is
 * many times faster than making another. Nobody may be connected then, and tables are all that a test
 * may have changed. To be called at the top of a module; they are dropped at the end of the file.
 */
export function reusedDatabases(
  migrate: (db: Database) => Promise<void>,
): () => Promise<TestDatabase> {
  const free: TestDatabase[] = [];
  const all: TestDatabase[] = [];
  afterAll(async () => {
    for (const database of all) await database[Symbol.asyncDispose]();
  });

  async function make(): Promise<TestDatabase> {
    const database = await createTestDatabase();
    all.push(database);
    await using db = createPool(database.url, { max: 1, name: 'migrate' });
    await migrate(db);
    return database;
  }

  return async () => {
    const database = free.pop() ?? (await make());
    return {
      url: database.url,
      async [Symbol.asyncDispose]() {
        await using db = createPool(database.url, { max: 1, name: 'empty' });
        await db.execute({ text: EMPTY });
        free.push(database);
      },
    };
  };
}
