import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportText } from '../src/verify/render.ts';
import { verifyRun } from '../src/verify/run.ts';
import { commandLine } from './command-line.ts';
import { damageToDeadlines } from './damage-to-deadlines.ts';
import { damageToHistory } from './damage-to-history.ts';
import { damageToProjections, notYetRead } from './damage-to-projections.ts';
import { foundIn } from './planting.ts';
import { tempFolder } from './product.ts';
import { type Ids, smallRun } from './small-run.ts';

const parts = new AsyncDisposableStack();
let db: Database;
let url: string;
let ids: Ids;

beforeAll(async () => {
  url = parts.use(await createTestDatabase()).url;
  ids = await smallRun(url);
  db = parts.use(createPool(url, { max: 2 }));
}, 60_000);

afterAll(() => parts.disposeAsync());

describe('a run nobody has touched', () => {
  it('is in order, and was looked at whole', async () => {
    const report = await verifyRun(db, { settled: true });
    expect(reportText(report, 'the run')).toContain('全部成立 in order');
    const looked = Object.assign({}, ...report.verdicts.map((v) => v.looked));
    expect(looked.incidents).toBeGreaterThanOrEqual(200);
    expect(looked.versions).toBe(report.log.position);
    expect(looked.dossiers).toBeGreaterThan(400);
    expect(looked.marks).toBeGreaterThan(20);
    expect(looked.deadlines).toBeGreaterThan(1_000);
    expect(looked.evaluations).toBeGreaterThan(50);
  });

  it('is not found in a database the loop has never run on', async () => {
    await using empty = await createTestDatabase();
    await using nothing = createPool(empty.url, { max: 1 });
    await expect(verifyRun(nothing)).rejects.toMatchObject({ code: 'VERIFY_NO_RUN' });
  });
});

describe('planted damage', () => {
  it.for([...damageToHistory, ...damageToProjections, ...damageToDeadlines])(
    'is found: $what',
    { timeout: 20_000 },
    async (plant) => {
      const id = ids[plant.in] ?? '';
      const options = { settled: plant.settled ?? false };
      const { hit, said } = await foundIn(db, id, plant.damage, options);
      expect(said).toMatch(plant.says);
      expect(hit, said).toEqual(plant.found);
    },
  );

  it('that is only work under way is no violation of a run that may go on', async () => {
    const { hit, said } = await foundIn(db, ids.confirmed ?? '', notYetRead);
    expect(hit, said).toEqual([]);
  });

  it('that is work nobody takes up while the log goes on is one', async () => {
    const options = { patienceMs: 1 };
    const { hit, said } = await foundIn(db, ids.confirmed ?? '', notYetRead, options);
    expect(hit, said).toEqual(['I8']);
  });
});

describe('the command line', () => {
  it('ends with 0 for a run in order, with 1 for a violation, with 2 when it could not look', async () => {
    const inOrder = await commandLine('verify-run', ['--settled', '--json'], { DATABASE_URL: url });
    expect(inOrder.code, inOrder.said).toBe(0);
    expect(JSON.parse(inOrder.said)).toMatchObject({ ok: true });
    await db.execute({
      text: 'update log.head set next = next + 1 where topic = $1',
      values: ['incidents'],
    });
    const violated = await commandLine('verify-run', [], { DATABASE_URL: url });
    expect(violated.code).toBe(1);
    expect(violated.said).toMatch(/✗ I4 .*\n.*1 found\n {3}- the log ends at/);
    await using nothing = await tempFolder();
    const absent = await commandLine('verify-run', ['--data', nothing.dir], { DATABASE_URL: url });
    expect(absent).toMatchObject({ code: 2, said: expect.stringContaining('DATA_DIR_EMPTY') });
  }, 30_000);
});
