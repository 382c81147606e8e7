import { Unavailable } from '@cityloop/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createPool,
  type Database,
  isForeignKeyViolation,
  isUniqueViolation,
  StatementError,
  statement,
} from '../src/index.ts';
import { createTestDatabase, type TestDatabase } from '../src/testing.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createPool(database.url, { max: 4, name: 'pool-test' });
  await db.execute({
    text: `create table item (id int primary key, parent int references item, note text not null);
           create table late (id int unique deferrable initially deferred)`,
  });
});

afterAll(async () => {
  await db.close();
  await database[Symbol.asyncDispose]();
});

const insert = statement('insert into item (id, parent, note) values ($1, $2, $3)');
const count = async (id: number): Promise<number | undefined> => {
  const rows = await db.query<{ n: number }>({
    text: 'select count(*) as n from item where id = $1',
    values: [id],
  });
  return rows[0]?.n;
};

describe('what columns become', () => {
  it('reads int8 as a number, and as a bigint where a number would lie', async () => {
    const text = 'select 9007199254740991::int8 as safe, 9007199254740993::int8 as beyond';
    expect(await db.query({ text })).toEqual([
      { safe: 9007199254740991, beyond: 9007199254740993n },
    ]);
  });

  it('leaves every time the text of Postgres, in UTC and with its microseconds', async () => {
    const text = `select timestamptz '2026-11-21 08:00:00.123456+08' as at, date '2026-11-21' as day`;
    expect(await db.query({ text })).toEqual([
      { at: '2026-11-21 00:00:00.123456+00', day: '2026-11-21' },
    ]);
  });

  it('answers how many rows a statement touched', async () => {
    expect(await db.execute({ text: 'select 1 from generate_series(1, 7)' })).toBe(7);
  });
});

describe('a transaction', () => {
  it('undoes everything when its function throws, and says what was thrown', async () => {
    const failed = db.transaction(async (tx) => {
      await tx.execute({ ...insert, values: [10, null, 'gone'] });
      throw new RangeError('changed my mind');
    });
    await expect(failed).rejects.toThrow(new RangeError('changed my mind'));
    expect(await count(10)).toBe(0);
  });

  it('runs statements given at once in their order, in one transaction', async () => {
    const ids = await db.transaction(async (tx) => {
      const [, , rows] = await Promise.all([
        tx.execute({ ...insert, values: [20, null, 'first'] }),
        tx.execute({ ...insert, values: [21, 20, 'second'] }),
        tx.query({
          text: `select id from item
                 where id in (20, 21) and xmin::text = (txid_current() % (2^32)::bigint)::text
                 order by id`,
        }),
      ]);
      return rows;
    });
    expect(ids).toEqual([{ id: 20 }, { id: 21 }]);
  });

  it('does not pass off as committed what a swallowed failure has rolled back', async () => {
    const swallowed = db.transaction(async (tx) => {
      await tx.execute({ ...insert, values: [30, null, 'lost'] });
      await tx.execute({ ...insert, values: [30, null, 'twice'] }).catch(() => undefined);
    });
    await expect(swallowed).rejects.toMatchObject({ code: 'DB_TRANSACTION_ABORTED' });
    expect(await count(30)).toBe(0);
  });

  it('refuses a statement that comes after its end', async () => {
    const escaped = await db.transaction(async (tx) => ({ tx }));
    await expect(escaped.tx.query({ text: 'select 1' })).rejects.toThrow('after the end');
  });

  it('tells a constraint checked at the commit from a commit of unknown outcome', async () => {
    const failed = db.transaction(async (tx) => {
      await tx.execute({ text: 'insert into late values (1), (1)' });
    });
    await expect(failed).rejects.toSatisfy((error) => isUniqueViolation(error, 'late_id_key'));
  });

  it('goes on with the same connection after a refused statement', async () => {
    await using one = createPool(database.url, { max: 1 });
    const pid = { text: 'select pg_backend_pid() as pid' };
    const [before] = await one.query(pid);
    await expect(
      one.transaction((tx) => tx.execute({ text: 'select 1/0' })),
    ).rejects.toBeInstanceOf(StatementError);
    expect(await one.query(pid)).toEqual([before]);
  });
});

describe('errors', () => {
  it('name the constraint and hide the values of the row', async () => {
    await db.execute({ ...insert, values: [40, null, '13800001111'] });
    const twice = db.execute({ ...insert, values: [40, null, '13800001111'] });
    await expect(twice).rejects.toSatisfy((error) => isUniqueViolation(error, 'item_pkey'));
    const failed = db.execute({ text: `insert into item values (41, 13800001111::int, 'x')` });
    const error: unknown = await failed.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StatementError);
    expect(JSON.stringify(error) + String(error)).not.toContain('13800001111');
  });

  it('tell a missing parent from a double', async () => {
    const orphan = db.execute({ ...insert, values: [50, 51, 'x'] });
    await expect(orphan).rejects.toSatisfy(
      (error) => isForeignKeyViolation(error) && !isUniqueViolation(error),
    );
  });

  it('are passing ones when two transactions block each other', async () => {
    await db.execute({ text: `insert into item values (60, null, 'a'), (61, null, 'b')` });
    const touch = (id: number) => ({
      text: `update item set note = 'c' where id = $1`,
      values: [id],
    });
    let met = (): void => undefined;
    const meeting = new Promise<void>((resolve) => {
      met = resolve;
    });
    let waiting = 0;
    const cross = (first: number, second: number) =>
      db.transaction(async (tx) => {
        await tx.execute(touch(first));
        waiting += 1;
        if (waiting === 2) met();
        await meeting;
        await tx.execute(touch(second));
      });
    const results = await Promise.allSettled([cross(60, 61), cross(61, 60)]);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.map(({ reason }) => reason)).toEqual([
      expect.objectContaining({ code: 'DB_CONFLICT', retryable: true }),
    ]);
  });

  it('say that nobody answers where there is no server', async () => {
    await using none = createPool('postgresql://nobody@/none?host=/nowhere/at/all');
    await expect(none.query({ text: 'select 1' })).rejects.toBeInstanceOf(Unavailable);
  });

  it('say that all connections are in use after the wait', async () => {
    await using one = createPool(database.url, { max: 1, waitMs: 20 });
    await one.transaction(async (tx) => {
      await tx.query({ text: 'select 1' });
      await expect(one.query({ text: 'select 1' })).rejects.toMatchObject({ code: 'DB_BUSY' });
    });
  });
});

describe('a statement that takes too long', () => {
  const sleep = (seconds: number) => ({ text: 'select pg_sleep($1)', values: [seconds] });

  it('is cancelled, and its connection goes on', async () => {
    await using one = createPool(database.url, { max: 1, limitMs: 200 });
    const pid = { text: 'select pg_backend_pid() as pid' };
    const before = await one.query(pid);
    const passing = { code: 'DB_TIMEOUT', retryable: true };
    await expect(one.query(sleep(30))).rejects.toMatchObject(passing);
    await expect(one.transaction((tx) => tx.query(sleep(30)))).rejects.toMatchObject(passing);
    expect(await one.query(pid)).toEqual(before);
  });

  it('is given up with its connection when the server says nothing', async () => {
    await using one = createPool(database.url, { max: 1, limitMs: 200 });
    let own: number | undefined;
    const silent = one.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid' });
      own = row?.pid;
      await tx.execute({ text: 'set local statement_timeout = 0' });
      await tx.query(sleep(30));
    });
    const passing = { code: 'DB_UNAVAILABLE', retryable: true };
    await expect(silent).rejects.toMatchObject(passing);
    const [next] = await one.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid' });
    expect(next?.pid).not.toBe(own);
    await db.query({ text: 'select pg_terminate_backend($1)', values: [own] });
  });

  it('may take its time in a session, as migrations do', async () => {
    await using one = createPool(database.url, { max: 1, limitMs: 200 });
    await expect(one.session((session) => session.query(sleep(0.5)))).resolves.toHaveLength(1);
  });
});

describe('a lost connection', () => {
  it('fails the statement on its way as passing, and the next one gets a new connection', async () => {
    await using one = createPool(database.url, { max: 1 });
    const [own] = await one.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid' });
    const hanging = one.query({ text: 'select pg_sleep(60)' });
    const end = { text: 'select pg_terminate_backend($1)', values: [own?.pid] };
    const [failed] = await Promise.allSettled([hanging, db.query(end)]);
    expect(failed).toMatchObject({ reason: { code: 'DB_UNAVAILABLE', retryable: true } });
    expect(await one.query({ text: 'select 1 as one' })).toEqual([{ one: 1 }]);
  });

  it('tells a session at once that its locks are gone', async () => {
    await db.session(async (session) => {
      const [own] = await session.query<{ pid: number }>({
        text: 'select pg_backend_pid() as pid, pg_advisory_lock(7)',
      });
      const lost = new Promise<void>((resolve) => {
        session.lost.addEventListener('abort', () => resolve());
      });
      await db.query({ text: 'select pg_terminate_backend($1)', values: [own?.pid] });
      await lost;
      await expect(session.query({ text: 'select 1' })).rejects.toBeInstanceOf(Unavailable);
    });
    const free = { text: 'select pg_try_advisory_lock(7) as free' };
    expect(await db.session((session) => session.query(free))).toEqual([{ free: true }]);
  });

  it('cuts a session off when the database is closed', async () => {
    const own = createPool(database.url, { max: 1 });
    const cut = own.session(async (session) => {
      await new Promise<void>((resolve) => {
        session.lost.addEventListener('abort', () => resolve());
        own.close().catch(() => undefined);
      });
      return 'cut';
    });
    expect(await cut).toBe('cut');
    await own.close();
    await expect(own.query({ text: 'select 1' })).rejects.toMatchObject({ code: 'DB_CLOSED' });
  });
});
