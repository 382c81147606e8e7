import { createPool, migrate } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { expect, it, onTestFinished } from 'vitest';

it('never takes the offset back when an older flush comes late', async () => {
  const database = await createTestDatabase();
  const db = createPool(database.url, { max: 1 });
  onTestFinished(async () => {
    await db.close();
    await database[Symbol.asyncDispose]();
  });
  await migrate(db, { schema: 'monitor', dir: new URL('../migrations', import.meta.url) });
  const flush = (position: number, id: string) =>
    db.query({ text: 'select monitor.flush($1, $2, $3)', values: ['[]', position, id] });
  const offset = { text: 'select position, event_id from monitor.log_offset' };
  await flush(7, 'seven');
  await flush(5, 'five');
  expect(await db.query(offset)).toEqual([{ position: 7, event_id: 'seven' }]);
  await flush(8, 'eight');
  expect(await db.query(offset)).toEqual([{ position: 8, event_id: 'eight' }]);
});
