import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLimit, Limit, LimitUnit, limitMs, parseLimit } from './limits.ts';

const standards = new URL(
  '../../../../shared/realdata/cn-categories/yuncheng-case-standards.csv',
  import.meta.url,
);

describe('reading a limit', () => {
  it.each<[string, number, LimitUnit]>([
    ['2紧急工作时', 2, 'urgent-hour'],
    ['4小时', 4, 'work-hour'],
    ['4工作时', 4, 'work-hour'],
    ['2天', 2, 'work-day'],
    ['2工作日', 2, 'work-day'],
    ['1紧急工作日', 1, 'urgent-day'],
    ['1紧急工作日制止', 1, 'urgent-day'],
    ['1紧急工作时到达现场', 1, 'urgent-hour'],
    ['15分钟', 15, 'urgent-minute'],
    ['3自然日', 3, 'urgent-day'],
    ['3个工作日内', 3, 'work-day'],
    ['24小时以内。', 24, 'work-hour'],
    ['１５ 个工作日', 15, 'work-day'],
    ['1.5工作日', 1.5, 'work-day'],
    ['十五个工作日', 15, 'work-day'],
    ['二十天', 20, 'work-day'],
    ['两小时', 2, 'work-hour'],
    ['半天', 0.5, 'work-day'],
  ])('%s', (text, amount, unit) => {
    expect(parseLimit(text)).toEqual({ amount, unit });
  });

  it.each([
    '',
    '立即',
    '及时',
    '2',
    '天',
    '0小时',
    '-1天',
    '1e3天',
    '1天/3天',
    '1天制止，3天处置',
    '2小时或1天',
    '4小时至8小时',
    '种植季节15工作日',
    '3个月',
    '1小时30分钟',
    '999999999天',
    'NaN天',
    '2小时__proto__1',
  ])('leaves %j to a person', (text) => {
    expect(parseLimit(text)).toBeUndefined();
  });

  it('reads back what it writes', () => {
    const amounts = fc.oneof(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 999_999 }).map((n) => n / 1_000),
    );
    fc.assert(
      fc.property(amounts, fc.constantFrom(...LimitUnit.options), (amount, unit) => {
        expect(parseLimit(formatLimit({ amount, unit }))).toEqual({ amount, unit });
      }),
    );
  });

  it('takes a time that grows with the text, not worse', () => {
    expect(parseLimit(`1天${'个'.repeat(100_000)}1`)).toBeUndefined();
  });

  it('reads every limit of a real catalogue as its people do', ({ skip }) => {
    skip(!existsSync(standards), 'the real catalogue is not beside the project');
    const units = {
      urgent_hour: 'urgent-hour',
      work_hour: 'work-hour',
      work_day: 'work-day',
      natural_day: 'urgent-day',
    };
    const rows = readFileSync(standards, 'utf8').matchAll(
      /,([^,"\n]+),(\d+),(urgent_hour|work_hour|work_day|natural_day),/g,
    );
    let count = 0;
    for (const [, text = '', amount, unit = ''] of rows) {
      const expected = Object.entries(units).find(([name]) => name === unit)?.[1];
      expect({ text, ...parseLimit(text) }).toEqual({
        text,
        amount: Number(amount),
        unit: expected,
      });
      count++;
    }
    expect(count).toBe(519);
  });
});

describe('a limit', () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('cannot be %d long', (amount) => {
    expect(Limit.safeParse({ amount, unit: 'work-day' }).success).toBe(false);
  });

  it('is whole milliseconds', () => {
    expect(limitMs({ amount: 0.1, unit: 'work-day' }, 28_800_000)).toBe(2_880_000);
    expect(limitMs({ amount: 1.1, unit: 'urgent-minute' }, 1)).toBe(66_000);
  });
});
