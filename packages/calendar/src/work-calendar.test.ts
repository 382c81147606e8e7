import { describe, expect, it } from 'vitest';
import { always, at, field, night, office, pairs, shown } from '../test/fixture.ts';
import { compileCalendar, type Limit, parseLimit } from './index.ts';

function limit(text: string): Limit {
  const parsed = parseLimit(text);
  if (parsed === undefined) throw new Error(`no limit: ${text}`);
  return parsed;
}

describe('a deadline on office hours (08:00–12:00, 14:00–18:00)', () => {
  it.each([
    ['within a morning', '2026-03-02 09:00', '2小时', '2026-03-02 11:00'],
    [
      'ends at the closing instant, not at the next opening',
      '2026-03-02 08:00',
      '4小时',
      '2026-03-02 12:00',
    ],
    ['leaps over lunch', '2026-03-02 11:00', '2小时', '2026-03-02 15:00'],
    [
      'a day from the first minute ends with the day',
      '2026-03-02 08:00',
      '1工作日',
      '2026-03-02 18:00',
    ],
    [
      'a day from mid-morning ends at the same time of the next day',
      '2026-03-02 10:00',
      '1天',
      '2026-03-03 10:00',
    ],
    ['starts in the last minute of a day', '2026-03-02 17:59', '4小时', '2026-03-03 11:59'],
    ['starts exactly at closing time', '2026-03-02 18:00', '4小时', '2026-03-03 12:00'],
    ['starts during lunch', '2026-03-02 13:10', '1小时', '2026-03-02 15:00'],
    ['starts at night', '2026-03-02 02:00', '1小时', '2026-03-02 09:00'],
    ['starts on a plain Saturday', '2026-03-07 10:00', '1工作日', '2026-03-09 18:00'],
    ['Saturday 14 February 2026 is worked', '2026-02-13 17:00', '1工作日', '2026-02-14 17:00'],
    [
      'the nine days of Spring Festival 2026 are closed',
      '2026-02-14 17:00',
      '2小时',
      '2026-02-24 09:00',
    ],
    ['starts within Spring Festival', '2026-02-18 10:00', '1小时', '2026-02-24 09:00'],
    ['Saturday 28 February 2026 is worked', '2026-02-27 18:00', '1工作日', '2026-02-28 18:00'],
    ['the Sunday behind it is not', '2026-02-28 17:00', '2小时', '2026-03-02 09:00'],
    [
      'five days over Saturday 14 and the festival',
      '2026-02-13 17:59',
      '5工作日',
      '2026-02-27 17:59',
    ],
    [
      'National Day 2026, Saturday 10 October worked',
      '2026-09-30 09:00',
      '3工作日',
      '2026-10-10 09:00',
    ],
    ['half a day', '2026-03-02 08:00', '0.5工作日', '2026-03-02 12:00'],
    ['a day and a half', '2026-03-02 09:00', '1.5天', '2026-03-03 15:00'],
    [
      'ends on the last closing of the known years',
      '2026-12-31 08:00',
      '1工作日',
      '2026-12-31 18:00',
    ],
  ])('%s', (_name, start, text, due) => {
    const deadline = office.deadline(at(start), limit(text));
    expect([shown(deadline.dueMs), deadline.provisional]).toEqual([due, false]);
  });

  it.each([
    ['minutes', '2026-02-16 23:50', '15分钟', '2026-02-17 00:05'],
    ['hours', '2026-02-16 23:00', '2紧急工作时', '2026-02-17 01:00'],
    ['days', '2026-02-14 09:00', '2紧急工作日', '2026-02-16 09:00'],
    ['days into a year without data', '2026-12-31 09:00', '2自然日', '2027-01-02 09:00'],
  ])('runs urgent %s on wall time and never provisionally', (_name, start, text, due) => {
    const deadline = office.deadline(at(start), limit(text));
    expect([shown(deadline.dueMs), deadline.provisional]).toEqual([due, false]);
  });

  it.each([
    ['2026-12-31 17:00', '2小时', '2027-01-01 09:00', 'a plain Friday as far as anyone knows'],
    ['2026-12-30 10:00', '5工作日', '2027-01-06 10:00', 'weekends still count'],
    ['2027-03-01 09:00', '1小时', '2027-03-01 10:00', 'wholly beyond'],
    ['2003-12-31 17:00', '2小时', '2004-01-02 09:00', 'begins before the known years'],
    ['2003-06-02 09:00', '1工作日', '2003-06-03 09:00', 'wholly before'],
  ])('is provisional from %s by %s', (start, text, due, _why) => {
    const deadline = office.deadline(at(start), limit(text));
    expect([shown(deadline.dueMs), deadline.provisional]).toEqual([due, true]);
  });
});

describe('other calendars', () => {
  it('works field hours through holidays when told to ignore them', () => {
    const deadline = field.deadline(at('2026-02-16 11:00'), { amount: 1, unit: 'work-day' });
    expect(shown(deadline.dueMs)).toBe('2026-02-17 11:00');
    expect(
      field.deadline(at('2027-05-01 11:00'), { amount: 9, unit: 'work-day' }).provisional,
    ).toBe(false);
  });

  it('joins a shift that touches midnight with the next open day', () => {
    // Saturday and Sunday are both open, 22:00–24:00 and 00:00–06:00.
    expect(shown(night.add(at('2026-03-07 23:00'), 2 * 3_600_000))).toBe('2026-03-08 01:00');
    expect(shown(night.add(at('2026-03-07 22:00'), 2 * 3_600_000))).toBe('2026-03-08 00:00');
  });

  it('ends with the last known year without reaching beyond it', () => {
    const twoHours: Limit = { amount: 2, unit: 'work-hour' };
    const last = night.deadline(at('2026-12-31 22:00'), twoHours);
    expect([shown(last.dueMs), last.provisional]).toEqual(['2027-01-01 00:00', false]);
    expect(night.deadline(at('2027-01-01 00:00'), twoHours).provisional).toBe(true);
    expect(night.deadline(at('2026-12-31 22:00') + 1, twoHours).provisional).toBe(true);
  });

  it('counts a working day of a round-the-clock calendar as 24 hours', () => {
    const deadline = always.deadline(at('2026-12-31 13:00'), { amount: 1, unit: 'work-day' });
    expect([shown(deadline.dueMs), deadline.provisional]).toEqual(['2027-01-01 13:00', false]);
  });

  it('is open from the first millisecond of a stretch to before its last', () => {
    const open = ['07:59:59', '08:00:00', '11:59:59', '12:00:00', '14:00:00', '18:00:00'].map(
      (time) => office.isOpen(at(`2026-02-28 ${time}`)),
    );
    expect(open).toEqual([false, true, true, false, true, false]);
    expect(office.isOpen(at('2026-02-16 09:00'))).toBe(false);
  });

  it('refuses a negative or unending amount', () => {
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => office.add(0, amount)).toThrow(
        expect.objectContaining({ code: 'CALENDAR_AMOUNT_INVALID' }),
      );
    }
  });

  it('keeps make-up days that fall on open weekdays and holidays on closed ones harmless', () => {
    const [definition] = pairs[0] ?? [];
    if (definition === undefined) throw new Error('no calendar');
    const calendar = compileCalendar(definition, {
      source: 'test',
      knownFrom: 2026,
      knownThrough: 2026,
      holidays: ['2026-03-08'],
      workdays: ['2026-03-09'],
    });
    expect(shown(calendar.add(at('2026-03-06 17:00'), 2 * 3_600_000))).toBe('2026-03-09 09:00');
  });
});
