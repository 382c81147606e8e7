import { describe, expect, it } from 'vitest';
import { PackLimit } from './limit-text.ts';

describe('PackLimit', () => {
  it('understands the text of a standard row and keeps it', () => {
    expect(PackLimit.parse('4工作时')).toEqual({
      text: '4工作时',
      limit: { amount: 4, unit: 'work-hour' },
    });
  });

  it('takes back what it gave, whatever the parser says today', () => {
    const old = { text: '老写法', limit: { amount: 4, unit: 'work-hour' } };
    expect(PackLimit.parse(old)).toEqual(old);
  });

  it('refuses what it cannot understand and shows how to write it', () => {
    for (const text of ['尽快', '0工作时', '', '4工作时或2天']) {
      const { error } = PackLimit.safeParse(text);
      expect(error?.issues).toHaveLength(1);
      expect(error?.issues[0]?.message).toContain('写法如');
    }
    expect(PackLimit.safeParse(4).success).toBe(false);
    expect(PackLimit.safeParse({ text: '4工作时' }).success).toBe(false);
  });
});
