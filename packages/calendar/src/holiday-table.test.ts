import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { holidays } from '../test/fixture.ts';
import { parseHolidayTable } from './holiday-table.ts';

const source = new URL(
  '../../../../shared/realdata/cn-yangpu/chinese-holidays-2004-2026.json',
  import.meta.url,
);

function issuesOf(raw: unknown): readonly string[] {
  try {
    parseHolidayTable(raw);
  } catch (error) {
    const { code, details } = z
      .object({
        code: z.string(),
        details: z.object({ issues: z.array(z.object({ path: z.string(), message: z.string() })) }),
      })
      .parse(error);
    return [code, ...details.issues.map(({ path, message }) => `${path} ${message}`)];
  }
  return [];
}

describe('the shipped holiday table', () => {
  it('knows 2004 to 2026', () => {
    expect([holidays.knownFrom, holidays.knownThrough]).toEqual([2004, 2026]);
    expect([holidays.holidays.length, holidays.workdays.length]).toEqual([619, 150]);
  });

  it('has the notice for 2026', () => {
    const of2026 = (days: readonly string[]) => days.filter((day) => day.startsWith('2026'));
    expect(of2026(holidays.holidays)).toHaveLength(33);
    expect(of2026(holidays.workdays)).toEqual([
      '2026-01-04',
      '2026-02-14',
      '2026-02-28',
      '2026-05-09',
      '2026-09-20',
      '2026-10-10',
    ]);
  });

  it('lists make-up days that are weekend days only', () => {
    const weekdays = holidays.workdays.map((day) => new Date(`${day}T00:00:00Z`).getUTCDay());
    expect(new Set(weekdays)).toEqual(new Set([0, 6]));
  });

  it('equals the data it was taken from', ({ skip }) => {
    skip(!existsSync(source), 'no real data beside the project');
    const Days = z.record(z.string(), z.string());
    const raw = z
      .object({ holidays: Days, workdays: Days })
      .parse(JSON.parse(readFileSync(source, 'utf8')));
    expect(holidays.holidays.toSorted()).toEqual(Object.keys(raw.holidays).sort());
    expect(holidays.workdays.toSorted()).toEqual(Object.keys(raw.workdays).sort());
  });
});

describe('reading a holiday file', () => {
  it('unfolds runs of days', () => {
    const years = { 2024: { holidays: ['02-28..03-01', '10-01'], workdays: ['02-04'] } };
    expect(parseHolidayTable({ source: 's', years })).toEqual({
      source: 's',
      knownFrom: 2024,
      knownThrough: 2024,
      holidays: ['2024-02-28', '2024-02-29', '2024-03-01', '2024-10-01'],
      workdays: ['2024-02-04'],
    });
  });

  it.each<[string, object, string]>([
    [
      'a day that does not exist',
      { 2026: { holidays: ['02-29'] } },
      'years.2026.holidays.0 不是 MM-DD 或 MM-DD..MM-DD：02-29',
    ],
    [
      'a run that ends before it begins',
      { 2026: { holidays: ['05-03..05-01'] } },
      'years.2026.holidays.0 不是 MM-DD 或 MM-DD..MM-DD：05-03..05-01',
    ],
    [
      'a day without its zeros',
      { 2026: { workdays: ['1-4'] } },
      'years.2026.workdays.0 不是 MM-DD 或 MM-DD..MM-DD：1-4',
    ],
    [
      'a day that stands twice',
      { 2026: { holidays: ['05-01..05-03', '05-03'] } },
      'years.2026.holidays.1 2026-05-03 重复',
    ],
    [
      'a day both closed and worked',
      { 2026: { holidays: ['05-01'], workdays: ['05-01'] } },
      'years.2026 2026-05-01 既是假日又是调休工作日',
    ],
    ['a year left out', { 2024: {}, 2026: {} }, 'years.2026 年份不连续：缺 2025'],
    ['years of summer time', { 1991: {} }, 'years.1991 1992 年以前有夏令时，不支持'],
    ['no year at all', {}, 'years 至少要有一个年份'],
  ])('refuses %s and says where', (_name, years, issue) => {
    expect(issuesOf({ source: 's', years })).toEqual(['CALENDAR_HOLIDAYS_INVALID', issue]);
  });

  it.each([
    undefined,
    null,
    [],
    'text',
    { years: {} },
    { source: 's', years: { 2026: { holiday: [] } } },
  ])('refuses %j', (raw) => {
    expect(issuesOf(raw)[0]).toBe('CALENDAR_HOLIDAYS_INVALID');
  });
});
