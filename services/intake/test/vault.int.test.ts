import { readFile } from 'node:fs/promises';
import { uuidv7 } from '@cityloop/kernel';
import { createPool, migrate } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Matter, postgresVault, type Secret } from '../src/store/vault.ts';

const STAGE_TABLES = new URL('../../../packages/stage/migrations/001_stage.sql', import.meta.url);
const VAULT = new URL('../migrations/002_intake.sql', import.meta.url);

const PHONE = '13912345678';
const WINDOW = { metres: 100, days: 30 };
const HERE = { lon: 121.51, lat: 31.3 };
/** Some 80 and 160 metres further east. */
const NEAR = { lon: 121.510_84, lat: 31.3 };
const FAR = { lon: 121.511_68, lat: 31.3 };

async function emptyVault() {
  const database = await createTestDatabase();
  const db = createPool(database.url, { max: 2 });
  onTestFinished(async () => {
    await db.close();
    await database[Symbol.asyncDispose]();
  });
  const files = await Promise.all(
    [STAGE_TABLES, VAULT].map(async (url) => ({
      name: url.pathname.split('/').at(-1) ?? '',
      sql: (await readFile(url, 'utf8')).replaceAll('{log}', 'log'),
    })),
  );
  await migrate(db, { schema: 'intake', files });
  const vault = await postgresVault(db, 'intake');
  const secretFor = (matter: Partial<Matter>, rest: Partial<Secret> = {}): Secret => ({
    incidentId: uuidv7(Date.now()),
    phone: PHONE,
    ...rest,
    matter: { ...WINDOW, ...matter },
  });
  return {
    db,
    vault,
    keep: async (matter: Partial<Matter>, rest: Partial<Secret> = {}) =>
      vault.keep(secretFor(matter, rest)),
    /** A report that was taken: the caller is kept, then the incident is there. */
    async take(matter: Partial<Matter>, rest: Partial<Secret> = {}): Promise<string> {
      const secret = secretFor(matter, rest);
      await vault.keep(secret);
      await db.execute({
        text: `insert into intake.incident (incident_id, version, base, since, custodian, held)
               values ($1, 1, 0, 1, 'intake', true)`,
        values: [secret.incidentId],
      });
      return secret.incidentId;
    },
  };
}

it('reveals what an incident has and what came to it with a demand, and writes the look down', async () => {
  const { db, vault } = await emptyVault();
  const [here, merged] = [uuidv7(1), uuidv7(2)];
  const own = await vault.keep({ incidentId: here, name: '王某' });
  const absorbed = await vault.keep({ incidentId: merged, name: '李某' });
  await vault.keep({ incidentId: merged, name: '赵某' });
  const look = { incidentId: here, subjectId: 's', role: 'clerk', purpose: '回访' };
  const found = await vault.reveal({ ...look, tokens: [own.token, absorbed.token] });
  expect(found).toEqual([
    { token: own.token, name: '王某' },
    { token: absorbed.token, name: '李某' },
  ]);
  const looks = await db.query({ text: 'select subject_id, role from intake.disclosure' });
  expect(looks).toEqual([{ subject_id: 's', role: 'clerk' }]);
});

describe('a caller who reports again', () => {
  it('is known by the same matter: its category anywhere, or its place', async () => {
    const { keep, take } = await emptyVault();
    const first = await take({ category: 'E01-10', ...HERE });
    expect((await keep({ category: 'E01-10', lon: 121.6, lat: 31.2 })).repeatOf).toBe(first);
    expect((await keep({ category: 'E04-93', ...NEAR })).repeatOf).toBe(first);
    expect((await keep(NEAR)).repeatOf).toBe(first);
    expect(await keep({ category: 'E04-93', ...FAR })).not.toHaveProperty('repeatOf');
    expect(await keep({})).not.toHaveProperty('repeatOf');
  });

  it('is told apart from others, however the number is written', async () => {
    const { keep, take } = await emptyVault();
    const first = await take(HERE);
    expect((await keep(HERE, { phone: '+86 139-1234-5678' })).repeatOf).toBe(first);
    expect(await keep(HERE, { phone: '13912345679' })).not.toHaveProperty('repeatOf');
    await take(HERE, { phone: '-----' });
    expect(await keep(HERE, { phone: '( ) -' })).not.toHaveProperty('repeatOf');
    expect(await keep(HERE, { phone: undefined, name: '王某' })).not.toHaveProperty('repeatOf');
  });

  it('repeats the latest of theirs within the window, by the time that is told', async () => {
    const { keep, take } = await emptyVault();
    await take({ ...HERE, at: '2024-05-01T00:00:00Z' });
    const second = await take({ ...HERE, at: '2024-05-10T00:00:00Z' });
    await take({ ...HERE, at: '2024-06-01T00:00:00Z' });
    expect((await keep({ ...HERE, at: '2024-05-20T00:00:00Z' })).repeatOf).toBe(second);
    expect(await keep({ ...HERE, at: '2024-08-01T00:00:00Z' })).not.toHaveProperty('repeatOf');
    expect(await keep(HERE)).not.toHaveProperty('repeatOf');
  });

  it('repeats no report that was refused, and no supplement names a matter', async () => {
    const { keep, take, vault } = await emptyVault();
    await keep(HERE);
    expect(await keep(HERE)).not.toHaveProperty('repeatOf');
    const taken = await take(HERE);
    expect(await vault.keep({ incidentId: uuidv7(Date.now()), phone: PHONE })).not.toHaveProperty(
      'repeatOf',
    );
    expect((await keep(HERE, { incidentId: taken })).repeatOf).toBeUndefined();
  });

  it('is looked for in one statement a batch, each with its own answer', async () => {
    const { db, keep, take } = await emptyVault();
    const first = await take(HERE);
    const second = await take(HERE, { phone: '13900000000' });
    let statements = 0;
    const query = db.query.bind(db);
    Object.assign(db, {
      query: (...args: Parameters<typeof query>) => {
        statements += 1;
        return query(...args);
      },
    });
    const kept = await Promise.all([
      keep(HERE),
      keep(FAR),
      keep(HERE, { phone: '13900000000' }),
      keep(HERE, { phone: '13911111111' }),
    ]);
    expect(kept.map(({ repeatOf }) => repeatOf)).toEqual([first, undefined, second, undefined]);
    expect(statements).toBe(1);
  });
});
