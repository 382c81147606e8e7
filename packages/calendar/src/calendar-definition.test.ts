import { describe, expect, it } from 'vitest';
import { CalendarDefinition, openSpans } from './calendar-definition.ts';

const morning = { hours: [{ from: '08:00', to: '12:00' }] };
const v = (from: string) => ({ from, weekdays: [1] });
const d = (from: string, to = from) => ({ from, to, open: false, reason: '停工' });
const named = { id: 'a', name: 'A' };

describe('a calendar definition', () => {
  it('is Monday to Friday with holidays unless it says otherwise', () => {
    const hours = [{ from: '08:00', to: '12:00' }];
    expect(CalendarDefinition.parse({ ...named, hours })).toEqual({
      ...named,
      hours,
      weekdays: [1, 2, 3, 4, 5],
      holidays: true,
    });
  });

  it('may have versions by date and days of its own', () => {
    const versions = [v('2026-05-01'), v('2026-06-01')];
    const days = [d('2026-09-15', '2026-09-16'), { ...d('2026-09-17'), open: true, ...morning }];
    const definition = { ...named, ...morning, versions, days };
    expect(CalendarDefinition.parse(definition)).toMatchObject({ versions, days });
  });

  it('joins stretches that touch and puts them in order', () => {
    const definition = CalendarDefinition.parse({
      ...named,
      hours: [
        { from: '12:00', to: '24:00' },
        { from: '06:30', to: '12:00' },
      ],
    });
    expect(openSpans(definition.hours)).toEqual([{ fromMs: 23_400_000, toMs: 86_400_000 }]);
  });

  it.each([
    ['no hours', { hours: [] }],
    [
      'hours that overlap',
      {
        hours: [
          { from: '08:00', to: '12:00' },
          { from: '11:59', to: '13:00' },
        ],
      },
    ],
    ['hours that end before they begin', { hours: [{ from: '12:00', to: '08:00' }] }],
    ['a stretch over midnight', { hours: [{ from: '22:00', to: '06:00' }] }],
    ['a time that does not exist', { hours: [{ from: '08:00', to: '24:30' }] }],
    ['no weekday', { hours: [{ from: '08:00', to: '12:00' }], weekdays: [] }],
    ['an eighth weekday', { hours: [{ from: '08:00', to: '12:00' }], weekdays: [8] }],
    ['versions out of order', { ...morning, versions: [v('2026-06-01'), v('2026-05-01')] }],
    ['two versions of one day', { ...morning, versions: [v('2026-06-01'), v('2026-06-01')] }],
    ['a version without its hours', { ...morning, versions: [{ from: '2026-06-01', hours: [] }] }],
    ['a day that does not exist', { ...morning, days: [d('2026-02-29')] }],
    ['days that overlap', { ...morning, days: [d('2026-09-15', '2026-09-16'), d('2026-09-16')] }],
    ['days that end before they begin', { ...morning, days: [d('2026-09-15', '2026-09-14')] }],
    ['a day nobody will see', { ...morning, days: [d('9999-01-01')] }],
    ['hours of a closed day', { ...morning, days: [{ ...d('2026-09-15'), ...morning }] }],
    ['a day without its reason', { ...morning, days: [{ from: '2026-09-15', open: false }] }],
    ['versions of what is always open', { alwaysOpen: true, versions: [v('2026-06-01')] }],
    ['an unknown setting', { hours: [{ from: '08:00', to: '12:00' }], lunch: true }],
  ])('refuses %s', (_name, fields) => {
    expect(CalendarDefinition.safeParse({ ...named, ...fields }).success).toBe(false);
  });
});
