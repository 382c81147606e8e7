/**
 * Runs an embedded server on the folder given as argument and commits numbers to it for ever. Prints
 * `ready <pid of the server>`, then each number once its commit was acknowledged; or the code of the
 * error that it could not start for.
 */
import { CityLoopError } from '@cityloop/kernel';
import { createPool, startEmbeddedPostgres } from '../../src/index.ts';

try {
  const server = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '' });
  const db = createPool(server.url, { max: 2 });
  await db.execute({ text: 'create table if not exists ack (n bigint primary key)' });
  const [row] = await db.query<{ n: number }>({ text: 'select coalesce(max(n), 0) as n from ack' });
  process.stdout.write(`ready ${server.pid}\n`);
  for (let n = (row?.n ?? 0) + 1; ; n += 1) {
    await db.transaction((tx) => tx.execute({ text: 'insert into ack values ($1)', values: [n] }));
    process.stdout.write(`${n}\n`);
  }
} catch (error) {
  process.stdout.write(`${error instanceof CityLoopError ? error.code : String(error)}\n`);
  process.exit(1);
}
