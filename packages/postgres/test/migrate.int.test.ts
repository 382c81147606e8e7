import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type Database, migrate } from '../src/index.ts';
import { createTestDatabase, type TestDatabase } from '../src/testing.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createPool(database.url, { max: 4 });
});

afterAll(async () => {
  await db.close();
  await database[Symbol.asyncDispose]();
});

const first = {
  name: '001_things.sql',
  sql: '-- Things.\ncreate table {schema}.thing (id int primary key);\n',
};
const second = {
  name: '002_more.sql',
  sql: 'alter table {schema}.thing add note text; insert into {schema}.thing values (1, $$a$$);',
};

describe('migrating a schema', () => {
  it('runs each file once, in order, whatever order they come in', async () => {
    expect(await migrate(db, { schema: 'once', files: [second, first] })).toBe(2);
    expect(await migrate(db, { schema: 'once', files: [first, second] })).toBe(0);
    expect(await db.query({ text: 'select * from once.thing' })).toEqual([{ id: 1, note: 'a' }]);
    expect(await db.query({ text: 'select version, name from once.migration' })).toEqual([
      { version: 1, name: '001_things.sql' },
      { version: 2, name: '002_more.sql' },
    ]);
  });

  it('undoes a file that fails half way and names the line', async () => {
    const broken = {
      name: '002_broken.sql',
      sql: 'create table {schema}.half (id int);\nselect 1;\nselekt 2;',
    };
    const failed = migrate(db, { schema: 'broken', files: [first, broken] });
    await expect(failed).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('002_broken.sql line 3'),
    });
    const half = {
      text: `select to_regclass('broken.half') as half, to_regclass('broken.thing')::text as thing`,
    };
    expect(await db.query(half)).toEqual([{ half: null, thing: 'broken.thing' }]);
  });

  it('refuses a file that was changed after it ran, but not one with other line ends', async () => {
    await migrate(db, { schema: 'changed', files: [first] });
    const windows = { ...first, sql: first.sql.replaceAll('\n', '\r\n') };
    expect(await migrate(db, { schema: 'changed', files: [windows] })).toBe(0);
    const changed = { ...first, sql: `${first.sql} ` };
    await expect(migrate(db, { schema: 'changed', files: [changed] })).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
      message: expect.stringContaining('001_things.sql was changed after it ran'),
    });
  });

  it('leaves a database alone that a newer build has migrated further', async () => {
    await migrate(db, { schema: 'ahead', files: [first, second] });
    expect(await migrate(db, { schema: 'ahead', files: [first] })).toBe(0);
  });

  it.each([
    ['a gap', ['001_a.sql', '003_c.sql'], 'MIGRATION_NUMBERING'],
    ['a number twice', ['001_a.sql', '001_b.sql'], 'MIGRATION_NUMBERING'],
    ['a name without a number', ['first.sql'], 'MIGRATION_NAME'],
  ])('refuses %s', async (_what, names, code) => {
    const files = names.map((name) => ({ name, sql: 'select 1' }));
    await expect(migrate(db, { schema: 'numbers', files })).rejects.toMatchObject({ code });
  });

  it('refuses a schema whose name would have to be escaped', async () => {
    const named = migrate(db, { schema: 'a"; drop table x', files: [] });
    await expect(named).rejects.toMatchObject({ code: 'DB_IDENTIFIER_INVALID' });
  });

  it('happens once when several processes start together', async () => {
    const program = fileURLToPath(new URL('./programs/migrate.ts', import.meta.url));
    const runs = [0, 1, 2].map(async () => {
      const child = spawn(process.execPath, [program, database.url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      await once(child, 'close');
      return Number(said);
    });
    expect((await Promise.all(runs)).sort()).toEqual([0, 0, 2]);
    expect(await db.query({ text: 'select count(*) as n from together.thing' })).toEqual([
      { n: 1 },
    ]);
  });
});
