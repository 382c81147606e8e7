import { PackRung } from '@cityloop/contracts';
import { describe, expect, it } from 'vitest';
import type { DueRung } from './ladder.ts';
import { messageOf } from './message.ts';
import { outOfQuiet } from './quiet.ts';
import { spanWord } from './words.ts';

const at = (text: string): number => Date.parse(`2026-06-${text}:00+08:00`);
const rung = (id: string, when: object, due: string, supervise?: object): DueRung => ({
  id,
  dueMs: at(due),
  rung: PackRung.parse({
    id: id.replace(/#.*/, ''),
    at: when,
    to: [{ role: 'leader', of: 'upper' }],
    ...(supervise === undefined ? {} : { supervise }),
  }),
});
const about = {
  number: '20260605-00001',
  matter: '占道经营',
  place: '五角场街道第一居委会',
  clock: 'handle',
  dueMs: at('05T17:00'),
};
const demand = { by: 'upper', requirement: '限时办结', reply: '4工作时' };

describe('a message of the ladder', () => {
  it('says what is about to be late, and how long there is', () => {
    const { title, text } = messageOf(
      [rung('warn', { mark: 'amber' }, '05T16:12')],
      about,
      at('05T16:12'),
      false,
    );
    expect(title).toBe('即将超时');
    expect(text).toBe(
      '【即将超时】20260605-00001 占道经营 · 五角场街道第一居委会 · 处置时限 06-05 17:00，还有 48分（预警）。',
    );
  });

  it('says what a 督办 demands', () => {
    const { text } = messageOf(
      [rung('upper', { percent: 150 }, '05T19:00', demand)],
      about,
      at('05T19:00'),
      false,
    );
    expect(text).toContain('【超时督办】');
    expect(text).toContain('已超 2小时（150%）。督办要求：限时办结。');
  });

  it('says once what could not be said in time', () => {
    const { title, text } = messageOf(
      [
        rung('late', { mark: 'red' }, '05T17:00'),
        rung('upper', { percent: 150 }, '05T19:00', demand),
        rung('leader#1', { every: '1工作日', most: 3 }, '06T08:00'),
      ],
      about,
      at('06T08:30'),
      true,
    );
    expect(title).toBe('补报·超时督办');
    expect(text).toContain('已超 15小时30分（每1工作日第1次）');
    expect(text).toContain('此前未能通知：超时 06-05 17:00，150% 06-05 19:00，');
  });

  it.each([
    [30_000, '不到1分'],
    [3_600_000, '1小时'],
    [93_780_000, '1天2小时'],
    [86_460_000, '1天'],
  ])('calls %i ms %s', (ms, text) => {
    expect(spanWord(ms)).toBe(text);
  });
});

describe('quiet hours', () => {
  const night = { from: '22:00', to: '07:00' };

  it.each([
    ['05T21:59', '05T21:59'],
    ['05T22:00', '06T07:00'],
    ['06T03:00', '06T07:00'],
    ['06T07:00', '06T07:00'],
  ])('let what is due at %s out at %s', (due, out) => {
    expect(outOfQuiet(night, at(due))).toBe(at(out));
  });

  it('may lie within a day, or not be at all', () => {
    expect(outOfQuiet({ from: '12:00', to: '13:30' }, at('05T12:10'))).toBe(at('05T13:30'));
    expect(outOfQuiet(undefined, at('05T23:00'))).toBe(at('05T23:00'));
  });
});
