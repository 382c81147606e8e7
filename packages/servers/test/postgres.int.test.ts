import { readFile } from 'node:fs/promises';
import { createPool } from '@cityloop/postgres';
import { expect, it } from 'vitest';
import { startPostgres } from '../src/index.ts';

it('keeps what was committed when all of it is killed, and comes back at the same place', async () => {
  await using postgres = await startPostgres();
  const first = postgres.pid;
  {
    await using db = createPool(postgres.url, { max: 1, name: 'test' });
    await db.execute({ text: 'create table kept as select 1 as n' });
    postgres.process.kill('SIGKILL');
    await expect.poll(() => postgres.process.running).toBe(false);
    await postgres.process.restart();
  }
  await using db = createPool(postgres.url, { max: 1, name: 'test' });
  expect(await db.query({ text: 'select n from kept' })).toEqual([{ n: 1 }]);
  expect(postgres.pid).not.toBe(first);
});

it('goes on where it was when it was frozen', async () => {
  await using postgres = await startPostgres();
  await using db = createPool(postgres.url, { max: 1, name: 'test' });
  await db.query({ text: 'select 1' });
  postgres.process.kill('SIGSTOP');
  const states = () => readFile(`/proc/${postgres.pid}/stat`, 'utf8');
  await expect.poll(async () => / T /.test(await states())).toBe(true);
  const answer = db.query({ text: 'select 2 as n' });
  postgres.process.kill('SIGCONT');
  expect(await answer).toEqual([{ n: 2 }]);
});
