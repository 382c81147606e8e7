import { createPool, type Database } from '@cityloop/postgres';
import { migrateEventLog, type PostgresEventLog, postgresEventLog } from '../src/index.ts';
import { type LogWorld, reusedDatabases } from '../src/testing/index.ts';

/** A log in a database of its own; every `open` has a pool of its own, as another process would. */
export type PostgresWorld = Omit<LogWorld, 'open'> &
  AsyncDisposable & {
    open(): Promise<PostgresEventLog>;
    /** The pools of the logs opened so far, in that order. */
    readonly pools: readonly Database[];
  };

const emptyDatabase = reusedDatabases(migrateEventLog);

/** An empty log in Postgres. */
export async function postgresWorld(): Promise<PostgresWorld> {
  const database = await emptyDatabase();
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
