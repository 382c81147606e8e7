import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../src/clocks/replay.ts';
import { commandLine } from './command-line.ts';
import { tempFolder } from './product.ts';
import { smallRun } from './small-run.ts';

const CLOCKS = fileURLToPath(new URL('../../../infra/packs/yangpu/clocks.yaml', import.meta.url));
const ALWAYS = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

const parts = new AsyncDisposableStack();
let db: Database;
let url: string;

beforeAll(async () => {
  url = parts.use(await createTestDatabase()).url;
  // Under a pack in which acceptance and dispatch run out in half a second.
  await smallRun(url, { each: 3 });
  db = parts.use(createPool(url, { max: 2 }));
}, 120_000);

afterAll(() => parts.disposeAsync());

describe('a past period under another policy', () => {
  it('turns clocks over that would have had more time, and no other', async () => {
    const said = await replay(db, { policy: 'yangpu', ...ALWAYS });
    const accept = said.by('clock').get('accept');
    expect(accept?.lateBefore).toBeGreaterThan(0);
    expect(accept?.toOnTime).toBeGreaterThan(0);
    expect(accept?.toLate).toBe(0);
    const handle = said.by('clock').get('handle');
    expect([handle?.moved, handle?.toLate, handle?.toOnTime]).toEqual([0, 0, 0]);
    expect(said.flipped).toBeGreaterThan(0);
    expect(said.incidents).toBeGreaterThanOrEqual(80);
  });

  it('comes out as it was under the very policy that applied', async () => {
    await using folder = await tempFolder();
    const text = await readFile(CLOCKS, 'utf8');
    const file = join(folder.dir, 'clocks.yaml');
    await writeFile(
      file,
      text.replaceAll(/^(accept|dispatch): \{limit: 15分钟/gm, '$1: {limit: 0.008分钟'),
    );
    const same = await replay(db, { policy: file, ...ALWAYS });
    for (const [clock, cell] of same.by('clock')) {
      expect([clock, cell.moved, cell.toLate, cell.toOnTime]).toEqual([clock, 0, 0, 0]);
      expect([clock, cell.onTimeAfter, cell.lateAfter]).toEqual([
        clock,
        cell.onTimeBefore,
        cell.lateBefore,
      ]);
    }
    expect(same.flipped).toBe(0);
  });

  it('looks at what began in the period alone', async () => {
    const fromMs = Date.parse('2025-01-01T00:00:00Z');
    const past = await replay(db, { policy: 'yangpu', fromMs, toMs: fromMs + 365 * 86_400_000 });
    const all = await replay(db, { policy: 'yangpu', ...ALWAYS });
    expect(past.incidents).toBeGreaterThan(0);
    expect(past.incidents).toBeLessThan(all.incidents / 2);
  });

  it('is printed and written as CSV by the command, which leaves history as it is', async () => {
    await using folder = await tempFolder();
    const csv = join(folder.dir, 'replay.csv');
    const [before] = await db.query<{ n: number }>({
      text: 'select count(*)::int as n from log.incident_event',
    });
    const args = ['replay', '--policy', 'yangpu', '--csv', csv];
    const { code, said } = await commandLine('clocks', args, { DATABASE_URL: url });
    expect(code, said).toBe(0);
    expect(said).toMatch(/accept +\d+ +[\d.]+ % +[\d.]+ %/);
    const [head, ...lines] = (await readFile(csv, 'utf8')).trimEnd().split('\n');
    expect(head).toMatch(/^clock,centreId,categoryCode,clocks,onTimeBefore/);
    expect(lines.length).toBeGreaterThan(5);
    expect(await db.query({ text: 'select count(*)::int as n from log.incident_event' })).toEqual([
      before,
    ]);
  }, 60_000);

  it('says what is wrong with what was asked', async () => {
    const wrong = async (...args: string[]) => commandLine('clocks', args, { DATABASE_URL: url });
    expect((await wrong('replay')).said).toContain('under which --policy?');
    expect((await wrong('replay', '--policy', 'nowhere')).said).toContain('PACK_NOT_FOUND');
    const noSection = await wrong('replay', '--policy', 'limits.yaml');
    expect(noSection).toMatchObject({ code: 2, said: expect.stringContaining('names no section') });
    const noDay = await wrong('replay', '--policy', 'yangpu', '--from', 'yesterday');
    expect(noDay.said).toContain('--from is a day or an instant');
  }, 90_000);
});
