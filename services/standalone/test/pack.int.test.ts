import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packSections } from '@cityloop/contracts';
import { packFolder } from '@cityloop/district';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { createLogger, createMetrics } from '@cityloop/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningLoop, startLoop } from '../src/loop.ts';
import { apply, check, diff, show } from '../src/pack/commands.ts';
import { commandLine } from './command-line.ts';
import { hastyPack } from './hasty-pack.ts';

const parts = new AsyncDisposableStack();
let database: TestDatabase;
let db: Database;
let dir: string;
let running: RunningLoop;

beforeAll(async () => {
  dir = parts.use(await hastyPack()).path;
  database = parts.use(await createTestDatabase());
  db = parts.use(createPool(database.url, { max: 4 }));
  const server = parts.use(createPool(database.url, { max: 12 }));
  running = parts.use(
    await startLoop({
      db: server,
      packDir: dir,
      logger: createLogger({ name: 'test', level: 'silent' }),
      metrics: createMetrics({ processMetrics: false }),
    }),
  );
}, 60_000);

afterAll(() => parts.disposeAsync());

const agree = async (): Promise<boolean> => true;

/** Changes a file of the pack. */
async function edit(file: string, from: string, to: string): Promise<void> {
  const path = join(dir, file);
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
}

const notAsked = async (): Promise<boolean> => {
  throw new Error('nobody had to be asked');
};

describe('the pack command', () => {
  it('shows what is published and finds no difference after the first start', async () => {
    expect((await show(db)).text).toMatch(
      new RegExp(`第 1 版 edition, 修订 revision ${packSections.length}, .*\n上海市杨浦区`),
    );
    expect(await diff(db, dir)).toEqual({ text: '没有变化 / no change', code: 0 });
    expect((await apply(db, dir, notAsked)).code).toBe(0);
  });

  it('publishes a change nobody has objected to, and the running services follow', async () => {
    await edit('settings.yaml', 'extensions: {max: 2}', 'extensions: {max: 1}');
    expect(await diff(db, dir)).toEqual({ text: 'settings\n  ~ extensions', code: 1 });

    expect((await apply(db, dir, async () => false)).code).toBe(1);
    expect((await show(db)).text).toContain(`revision ${packSections.length},`);

    let shown = '';
    const said = await apply(db, dir, async (difference) => {
      shown = difference;
      return true;
    });
    expect(shown).toBe('settings\n  ~ extensions');
    expect(said).toEqual({
      text: `已发布 published: 修订 revision ${packSections.length + 1} (settings)`,
      code: 0,
    });
    await expect
      .poll(() => running.loop.policy().settings.extensions.max, { timeout: 10_000 })
      .toBe(1);
    expect((await diff(db, dir)).code).toBe(0);
  });

  it('names the mistakes of a pack and publishes nothing of it', async () => {
    await edit('settings.yaml', 'extensions: {max: 1}', 'extensions: {max: many}');
    await expect(check(dir)).rejects.toMatchObject({ code: 'PACK_INVALID' });
    await expect(apply(db, dir, agree)).rejects.toThrow(/settings\.yaml:\d+ extensions\.max/);
    await edit('settings.yaml', 'extensions: {max: many}', 'extensions: {max: 1}');
    expect((await check(dir)).text).toContain('区包无误');
  });

  it('refuses the pack of another district, and a database without any policy', async () => {
    const other = packFolder('la-311');
    expect(other).toBe(fileURLToPath(new URL('../../../infra/packs/la-311', import.meta.url)));
    await expect(apply(db, other, agree)).rejects.toMatchObject({ code: 'PACK_OTHER_DISTRICT' });
    await using empty = await createTestDatabase();
    await using nothing = createPool(empty.url, { max: 1 });
    await expect(show(nothing)).rejects.toMatchObject({ code: 'POLICY_NONE' });
  });

  it('works from the command line, and says with its exit code how it went', async () => {
    const env = { DATABASE_URL: database.url };
    expect(await commandLine('pack', ['show'], env)).toMatchObject({ code: 0 });
    const same = await commandLine('pack', ['diff', dir], env);
    expect(same).toEqual({ code: 0, said: '没有变化 / no change\n' });
    await edit('settings.yaml', 'metres: 50', 'metres: 60');
    expect(await commandLine('pack', ['diff', dir], env)).toMatchObject({ code: 1 });
    const unasked = await commandLine('pack', ['apply', dir], env);
    expect(unasked).toMatchObject({ code: 2, said: expect.stringContaining('PACK_NOT_AGREED') });
    const applied = await commandLine('pack', ['apply', dir, '--yes'], env);
    expect(applied).toMatchObject({ code: 0, said: expect.stringContaining('(settings)') });
    expect(await commandLine('pack', ['check', dir])).toMatchObject({ code: 0 });
    expect(await commandLine('pack', ['check', '/'])).toMatchObject({ code: 1 });
    expect(await commandLine('pack', ['undo'])).toMatchObject({ code: 2 });
  }, 30_000);

  it('turns a CSV catalogue into YAML and says what it left out', async () => {
    const file = join(dir, 'rows.csv');
    const rows = [
      'kind,big_code,big_name,small_code,small_name,open_condition,close_condition,limit_text,limit_value,limit_unit,handling_unit,regulator',
      'event,01,市容环境,12,道路不洁,有杂物,已清扫,2小时,,,,',
    ];
    await writeFile(file, rows.join('\n'));
    const whole = await commandLine('pack', ['convert', file]);
    expect(whole).toMatchObject({ code: 0, said: expect.stringContaining('limit: 2小时\n') });
    await writeFile(file, [...rows, rows[1]?.replace('2小时', '尽快')].join('\n'));
    const partly = await commandLine('pack', ['convert', file]);
    expect(partly).toMatchObject({ code: 1, said: expect.stringContaining('left out: 第 3 行') });
    const none = await commandLine('pack', ['convert', join(dir, 'none.csv')]);
    expect(none).toMatchObject({ code: 2, said: expect.stringContaining('PACK_CSV_UNREADABLE') });
  });
});
