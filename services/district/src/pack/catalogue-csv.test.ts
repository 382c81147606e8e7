import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalogueCsv } from './catalogue-csv.ts';

const HEADER =
  'kind,big_code,big_name,small_code,small_name,open_condition,close_condition,limit_text,limit_value,limit_unit,handling_unit,regulator';
const real = fileURLToPath(
  new URL(
    '../../../../../shared/realdata/cn-categories/yuncheng-case-standards.csv',
    import.meta.url,
  ),
);

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'csv-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function load(...rows: string[]): ReturnType<typeof loadCatalogueCsv> {
  const file = join(dir, 'catalogue.csv');
  await writeFile(file, [HEADER, ...rows].join('\n'));
  return loadCatalogueCsv(file);
}

describe('loadCatalogueCsv', () => {
  it('gathers the rows of a small category', async () => {
    const { categories, rows, refused, remarks } = await load(
      'event,01,市容环境,12,道路不洁,有杂物,已清扫,2小时,2,work_hour,环卫,城管局',
      'event,01,市容环境,12,道路不洁,"有油污,成片",已清洗,2天,2,work_day,,',
      'event,01,市容环境,92,垃圾满溢,满溢,已清空,4小时,4,work_hour,环卫,城管局',
    );
    expect({ rows, refused, remarks }).toEqual({ rows: 3, refused: [], remarks: [] });
    expect(categories.map(({ code, extension }) => [code, extension])).toEqual([
      ['E01-12', undefined],
      ['E01-92', true],
    ]);
    expect(categories[0]?.standards).toEqual([
      {
        id: 'E01-12.1',
        condition: '有杂物',
        limit: { text: '2小时', limit: { amount: 2, unit: 'work-hour' } },
        closing: '已清扫',
        evidence: true,
        regulator: '城管局',
        responsible: '环卫',
      },
      expect.objectContaining({ id: 'E01-12.2', condition: '有油污,成片' }),
    ]);
  });

  it('refuses a row it does not understand, with its line, and takes the others', async () => {
    const { rows, refused } = await load(
      'event,01,市容环境,12,道路不洁,有杂物,已清扫,尽快,,,,',
      'oddity,01,市容环境,12,道路不洁,有杂物,已清扫,2小时,2,work_hour,,',
      'event,01,市容环境,12,道路不洁,有杂物,已清扫,2小时,2,work_hour,,',
    );
    expect(rows).toBe(1);
    expect(refused).toMatchObject([
      { line: 2, code: 'E01-12', reason: expect.stringContaining('尽快') },
      { line: 3, reason: expect.stringContaining('kind') },
    ]);
  });

  it('lets the text of a limit win over the columns and says so', async () => {
    const { categories, remarks } = await load(
      'event,01,市容环境,12,道路不洁,有杂物,已清扫,2紧急工作时,2,work_hour,,',
    );
    expect(categories[0]?.standards[0]?.limit.limit).toEqual({ amount: 2, unit: 'urgent-hour' });
    expect(remarks).toMatchObject([{ line: 2, reason: expect.stringContaining('以文字为准') }]);
  });

  it('says when it is no such file', async () => {
    const file = join(dir, 'x.csv');
    await expect(loadCatalogueCsv(file)).rejects.toMatchObject({ code: 'PACK_CSV_UNREADABLE' });
    await writeFile(file, 'a,b\n1\n"');
    await expect(loadCatalogueCsv(file)).rejects.toMatchObject({ code: 'PACK_CSV_INVALID' });
  });

  it('takes all 519 rows of the real catalogue', async ({ skip }) => {
    skip(!existsSync(real), 'the real catalogue is not beside the project');
    const { categories, rows, refused, remarks } = await loadCatalogueCsv(real);
    expect(refused).toEqual([]);
    expect(rows).toBe(519);
    expect(categories).toHaveLength(190);
    expect(categories.filter(({ kind }) => kind === 'component')).toHaveLength(92);
    expect(remarks).toEqual([
      expect.objectContaining({ code: 'E01-22', reason: expect.stringContaining('制止') }),
    ]);
  });
});
