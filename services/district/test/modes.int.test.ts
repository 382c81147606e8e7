import { fileURLToPath } from 'node:url';
import type { ModeProposalBody, PolicyRevision, Subject } from '@cityloop/contracts';
import { type EventLog, migrateEventLog, postgresEventLog } from '@cityloop/event-log';
import { Unavailable } from '@cityloop/kernel';
import { createPool, type Database, migrate } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createModes } from '../src/modes/modes.ts';
import { modeStore } from '../src/modes/store.ts';
import { loadPack } from '../src/pack/load.ts';

const PACK = fileURLToPath(new URL('../../../infra/packs/yangpu', import.meta.url));
const pack = await loadPack(PACK);

let database: TestDatabase;
let db: Database;
let log: EventLog & AsyncDisposable;

beforeEach(async () => {
  database = await createTestDatabase();
  db = createPool(database.url, { max: 4 });
  await migrateEventLog(db);
  await migrate(db, { schema: 'district', dir: new URL('../migrations', import.meta.url) });
  log = postgresEventLog(db);
});
afterEach(async () => {
  await log[Symbol.asyncDispose]();
  await db.close();
  await database[Symbol.asyncDispose]();
});

/** One process of the district; `publish` stands in for the log where a test wants it away. */
const district = (publish?: EventLog['publish']) =>
  createModes({
    db,
    log: publish === undefined ? log : { publish },
    schema: 'district',
    store: modeStore('district'),
    pack,
    onUnpublished: () => undefined,
  });

const who = (id: string): Subject => {
  const person = pack.people.find((one) => one.id === id);
  if (person === undefined) throw new Error(`nobody is called ${id}`);
  const { name, area, centreId } = person;
  return {
    id,
    name,
    area,
    roles: [...person.roles],
    ...(centreId === undefined ? {} : { centreId }),
  };
};
const supervisor = who('zhao-supervisor');
const leader = who('zheng-leader');
const ahead = (ms: number) => new Date(Date.now() + ms).toISOString();
const flood = (ms: number, rest: Partial<ModeProposalBody> = {}): ModeProposalBody => ({
  modeId: 'flood-3',
  areas: [],
  reason: '暴雨',
  until: ahead(ms),
  ...rest,
});

async function published(): Promise<PolicyRevision[]> {
  const records = await log.read('policy', { partition: 0, position: 1 }, 100);
  return records.map(({ body }) => JSON.parse(body) as PolicyRevision); // our own
}
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

describe('the record of modes', () => {
  it('keeps who did what, and nobody changes it', async () => {
    const modes = district();
    const { id } = await modes.propose({ body: flood(60_000), subject: supervisor, key: 'k' });
    expect((await modes.propose({ body: flood(60_000), subject: leader, key: 'k' })).id).not.toBe(
      id,
    );
    await modes.decide({ id, decision: 'approve', subject: leader });
    const { active } = await modes.stand();
    expect(active[0]?.records.map(({ fact, by }) => [fact, by])).toEqual([
      ['proposed', 'zhao-supervisor'],
      ['approved', 'zheng-leader'],
      ['began', 'system'],
    ]);
    await expect(db.execute({ text: 'delete from district.mode_record' })).rejects.toThrow();
    await expect(
      db.execute({ text: `update district.mode_record set by_id = 'x'` }),
    ).rejects.toThrow();
  });
});

describe('a key of a proposal', () => {
  it('answers the same request with the same proposal, and refuses any other', async () => {
    const modes = district();
    const body: ModeProposalBody = {
      modeId: 'event-guard',
      areas: ['310110019'],
      reason: '马拉松',
      from: ahead(60_000),
      until: ahead(120_000),
    };
    const propose = (given: ModeProposalBody) =>
      modes.propose({ body: given, subject: supervisor, key: 'k' });
    const { id } = await propose(body);
    expect((await propose({ ...body })).id).toBe(id);
    const { from: _from, ...atOnce } = body;
    const others: readonly ModeProposalBody[] = [
      { ...body, areas: ['310110012'] },
      { ...body, areas: ['310110019', '310110012'] },
      { ...body, from: ahead(90_000) },
      atOnce,
      { ...body, extends: id },
      { ...body, reason: '音乐节' },
      { ...body, until: ahead(180_000) },
      { ...body, modeId: 'flood-3' },
    ];
    for (const other of others) {
      await expect(propose(other)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    }
    expect((await modes.stand()).proposed).toHaveLength(1);
  });
});

describe('what is decided', () => {
  it('is published once the log is back, though it was away at the time', async () => {
    const away = district(() => Promise.reject(new Unavailable('LOG_AWAY', 'away')));
    const { id } = await away.propose({ body: flood(60_000), subject: supervisor });
    const approved = await away.decide({ id, decision: 'approve', subject: leader });
    expect(approved.status).toBe('active');
    expect(await published()).toEqual([]);
    await district().settle();
    const [revision, ...more] = await published();
    expect(more).toEqual([]);
    expect(revision).toMatchObject({ section: 'activations', content: [{ id, revision: 1 }] });
    expect(revision?.effectiveFrom).toBe(approved.from);
  });

  it('begins and ends by itself once, however many processes see to it', async () => {
    const [one, other] = [district(), district()];
    const body = flood(900, { from: ahead(300) });
    const { id } = await one.propose({ body, subject: supervisor });
    await one.decide({ id, decision: 'approve', subject: leader });
    expect((await one.stand()).proposed).toMatchObject([{ id, status: 'scheduled' }]);
    expect(await published()).toEqual([]);
    await wait(350);
    await Promise.all([one.settle(), other.settle(), one.settle()]);
    expect(await published()).toHaveLength(1);
    await wait(700);
    await Promise.all([one.settle(), other.settle(), other.settle()]);
    const revisions = await published();
    expect(revisions.map(({ revision }) => revision)).toEqual([1, 2]);
    // The expiry is a revision of the instant it was approved for, whenever it is published.
    expect(revisions[1]?.effectiveFrom).toBe(body.until);
    expect((await one.stand()).history[0]?.records.at(-1)).toMatchObject({ fact: 'expired' });
  });

  it('expires as of its time when no process was there', async () => {
    const { id, until } = await district().propose({ body: flood(300), subject: supervisor });
    await district().decide({ id, decision: 'approve', subject: leader });
    await wait(600);
    await district().settle();
    expect((await published()).at(-1)?.effectiveFrom).toBe(until);
    const { history } = await district().stand();
    expect(history[0]).toMatchObject({ id, status: 'expired', until });
  });

  it('lapses when its time went by before it could begin', async () => {
    const body = flood(400, { from: ahead(200) });
    const { id } = await district().propose({ body, subject: supervisor });
    await district().decide({ id, decision: 'approve', subject: leader });
    await wait(600);
    await district().settle();
    expect(await published()).toEqual([]);
    expect((await district().stand()).history[0]).toMatchObject({ id, status: 'lapsed' });
  });
});
