import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CityLoopError } from '@cityloop/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPack } from './load.ts';
import type { PackIssue } from './yaml-file.ts';

const packs = fileURLToPath(new URL('../../../../infra/packs', import.meta.url));

let root: string;
let dir: string;

// The small pack, so that a mistake is quick to plant and to find.
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pack-'));
  dir = join(root, 'la-311');
  await cp(join(packs, 'la-311'), dir, { recursive: true });
  await cp(join(packs, 'calendars'), join(root, 'calendars'), { recursive: true });
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function edit(file: string, from: string, to: string): Promise<number> {
  const path = join(dir, file);
  const text = await readFile(path, 'utf8');
  const at = text.indexOf(from);
  expect(at, `${file} holds ${from}`).toBeGreaterThanOrEqual(0);
  await writeFile(path, text.replace(from, to));
  return text.slice(0, at).split('\n').length;
}

async function issuesOf(): Promise<readonly PackIssue[]> {
  try {
    await loadPack(dir);
  } catch (error) {
    if (!(error instanceof CityLoopError)) throw error;
    expect(error.code).toBe('PACK_INVALID');
    // The loader promises issues of this type with this code.
    return error.details.issues as readonly PackIssue[];
  }
  return [];
}

describe('loadPack on a pack with mistakes', () => {
  it('finds none in the pack as it is', async () => {
    expect(await issuesOf()).toEqual([]);
  });

  it('takes a pack from before there were rosters', async () => {
    await rm(join(dir, 'rosters.yaml'));
    expect((await loadPack(dir)).rosters).toEqual([]);
  });

  it('names file, line, path and reason of a value of the wrong shape', async () => {
    const line = await edit('units.yaml', 'kind: department', 'kind: ministry');
    const [issue, ...more] = await issuesOf();
    expect(more).toEqual([]);
    expect(issue).toMatchObject({ file: 'units.yaml', line, path: '[0].kind' });
    expect(issue?.reason).toContain('department');
  });

  it('reports a limit that nobody understands and does not guess', async () => {
    const line = await edit('catalogue.yaml', 'limit: 3自然日', 'limit: 尽快');
    expect(await issuesOf()).toEqual([
      {
        file: 'catalogue.yaml',
        line,
        path: '[1].standards[0].limit',
        reason: expect.stringContaining('尽快'),
      },
    ]);
  });

  it('reports a misspelt member instead of ignoring it', async () => {
    const line = await edit('units.yaml', 'duty: sanitation', 'dutty: sanitation');
    expect(await issuesOf()).toEqual([
      {
        file: 'units.yaml',
        line,
        path: '[0].dutty',
        reason: '不认识的项“dutty”，请核对拼写',
      },
    ]);
  });

  it('reports a code that YAML read as a number', async () => {
    const line = await edit('district.yaml', "'990101'", '990101');
    expect(await issuesOf()).toMatchObject([{ file: 'district.yaml', line, path: 'code' }]);
  });

  it('reports the mistakes of all files at once', async () => {
    await edit('units.yaml', 'kind: department', 'kind: ministry');
    await edit('people.yaml', 'roles: [admin]', 'roles: [king]');
    await edit('clocks.yaml', 'limit: 1自然日', 'limit: 0自然日');
    expect(new Set((await issuesOf()).map(({ file }) => file))).toEqual(
      new Set(['units.yaml', 'people.yaml', 'clocks.yaml']),
    );
  });

  it('reports broken YAML and doubled keys with their line', async () => {
    const line = await edit('settings.yaml', 'closeByRule: false', 'confirmByRule: true');
    expect(await issuesOf()).toMatchObject([{ file: 'settings.yaml', line }]);
  });

  it('reports aliases that multiply instead of filling the memory', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const content =
        level === 0
          ? 'x'
          : Array(9)
              .fill(`*a${level - 1}`)
              .join(', ');
      return `- &a${level} [${content}]`;
    });
    await writeFile(join(dir, 'people.yaml'), levels.join('\n'));
    expect(await issuesOf()).toMatchObject([{ file: 'people.yaml' }]);
  });

  it('reports a bad name of the holiday file alone', async () => {
    const line = await edit('calendars.yaml', 'cn-holidays.yaml', '../../etc/passwd');
    expect(await issuesOf()).toMatchObject([{ file: 'calendars.yaml', line, path: 'holidayFile' }]);
  });

  it('reports a missing file and one that is no section', async () => {
    await rm(join(dir, 'reasons.yaml'));
    expect(await issuesOf()).toMatchObject([{ file: 'reasons.yaml', reason: '缺少这个文件' }]);
    await writeFile(join(dir, 'reason.yaml'), '{}');
    expect(await issuesOf()).toMatchObject([{ file: 'reason.yaml' }]);
  });

  it('reports a holiday file that is missing or broken', async () => {
    const holidays = join(root, 'calendars', 'cn-holidays.yaml');
    await writeFile(holidays, 'source: x\nyears:\n  "2026":\n    holidays: [13-45]\n');
    expect(await issuesOf()).toMatchObject([
      { file: 'calendars/cn-holidays.yaml', line: 4, path: 'years.2026.holidays.0' },
    ]);
    await rm(holidays);
    expect(await issuesOf()).toMatchObject([{ file: 'calendars/cn-holidays.yaml' }]);
  });

  it('reports what sections get wrong about each other, with the line', async () => {
    const line = await edit(
      'centres.yaml',
      'fallbackUnitId: cd07-crew',
      'fallbackUnitId: cd70-crew',
    );
    expect(await issuesOf()).toEqual([
      {
        file: 'centres.yaml',
        line,
        path: '[7].fallbackUnitId',
        reason: '没有这个托底单位“cd70-crew”',
      },
    ]);
  });

  it('says all of it in one readable message', async () => {
    await edit('centres.yaml', 'fallbackUnitId: cd07-crew', 'fallbackUnitId: cd70-crew');
    await expect(loadPack(dir)).rejects.toThrow(
      /有 1 处错误[\s\S]+centres\.yaml:\d+ \[7\]\.fallbackUnitId 没有这个托底单位/,
    );
  });

  it('says so when there is no such folder', async () => {
    await expect(loadPack(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'PACK_NOT_FOUND' });
  });
});

describe('loadPack on a good pack', () => {
  it('keeps the text of a limit beside what was understood', async () => {
    const pack = await loadPack(dir);
    expect(pack.settings.archiveAfter).toEqual({
      text: '7自然日',
      limit: { amount: 7, unit: 'urgent-day' },
    });
  });

  it('puts the holiday table in, so that a revision explains itself', async () => {
    const { calendars } = await loadPack(dir);
    expect(calendars.holidays.knownThrough).toBeGreaterThanOrEqual(2026);
    expect(calendars.holidays.holidays).toContain('2026-02-17');
  });

  it('enters grid workers with their grids', async () => {
    const pack = await loadPack(join(packs, 'yangpu'));
    const worker = pack.people.find((person) => person.id === 'tao-grid');
    const theirs = pack.areas.filter((area) => area.gridWorkerId === 'tao-grid');
    expect(theirs.length).toBeGreaterThan(10);
    expect(worker?.grids).toEqual(theirs.map((area) => area.code));
    expect(theirs.every((area) => area.kind === 'grid')).toBe(true);
  });
});
