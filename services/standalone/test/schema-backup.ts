import type { Database } from '@cityloop/postgres';

/** What a service has in its schemas at a moment. */
export type Backup = {
  /** Puts everything back as it was then; the service has to be stopped. */
  restore(): Promise<void>;
};

/** Backs up some schemas of a database, table by table, in one snapshot. */
export async function backUp(db: Database, schemas: readonly string[]): Promise<Backup> {
  const into = `backup_${schemas[0]}`;
  const tables = await db.query<{ schema: string; name: string }>({
    text: `select schemaname as schema, tablename as name from pg_tables
           where schemaname = any($1::text[])`,
    values: [schemas],
  });
  await db.execute({ text: `drop schema if exists ${into} cascade` });
  await db.execute({ text: `create schema ${into}` });
  await db.transaction(async (tx) => {
    await tx.execute({ text: 'set transaction isolation level repeatable read' });
    for (const { schema, name } of tables) {
      await tx.execute({
        text: `create table ${into}.${schema}__${name} as table ${schema}.${name}`,
      });
    }
  });
  return {
    restore: () =>
      db.transaction(async (tx) => {
        // A restored backup asks no triggers either.
        await tx.execute({ text: 'set local session_replication_role = replica' });
        for (const { schema, name } of tables) {
          await tx.execute({ text: `truncate ${schema}.${name}` });
          await tx.execute({
            text: `insert into ${schema}.${name} overriding system value select * from ${into}.${schema}__${name}`,
          });
        }
      }),
  };
}
