import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { migrateEventLog, type PostgresEventLog, postgresEventLog } from '../src/index.ts';
import type { LogWorld } from '../src/testing/index.ts';

/** A log in a database of its own; every `open` has a pool of its own, as another process would. */
export type PostgresWorld = Omit<LogWorld, 'open'> &
  AsyncDisposable & {
    open(): Promise<PostgresEventLog>;
    /** The pools of the logs opened so far, in that order. */
    readonly pools: readonly Database[];
  };

let template: Promise<TestDatabase> | undefined;

async function makeTemplate(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await using db = createPool(database.url, { max: 1, name: 'template' });
  await migrateEventLog(db);
  return database;
}

/** An empty log in Postgres. */
export async function postgresWorld(): Promise<PostgresWorld> {
  template ??= makeTemplate();
  const database = await createTestDatabase(await template);
  const pools: Database[] = [];
  const logs: PostgresEventLog[] = [];
  return {
    pools,
    async open() {
      const db = createPool(database.url, { max: 4, name: `process-${pools.length + 1}` });
      pools.push(db);
      const log = postgresEventLog(db);
      logs.push(log);
      return log;
    },
    async [Symbol.asyncDispose]() {
      for (const log of logs) await log[Symbol.asyncDispose]();
      for (const db of pools) await db.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
