/** Migrates the database given as argument, and prints how many files ran. */
import { createPool, migrate } from '../../src/index.ts';

await using db = createPool(process.argv[2] ?? '', { max: 1 });
const files = [
  {
    name: '001_things.sql',
    sql: 'create table {schema}.thing (id int primary key); select pg_sleep(0.2);',
  },
  { name: '002_one.sql', sql: 'insert into {schema}.thing values (1);' },
];
process.stdout.write(String(await migrate(db, { schema: 'together', files })));
