import { describe, expect, it } from 'vitest';
import { CalendarDefinition, openSpans } from './calendar-definition.ts';

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

  it('joins stretches that touch and puts them in order', () => {
    const definition = CalendarDefinition.parse({
      ...named,
      hours: [
        { from: '12:00', to: '24:00' },
        { from: '06:30', to: '12:00' },
      ],
    });
    expect(openSpans(definition)).toEqual([{ fromMs: 23_400_000, toMs: 86_400_000 }]);
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
    ['an unknown setting', { hours: [{ from: '08:00', to: '12:00' }], lunch: true }],
  ])('refuses %s', (_name, fields) => {
    expect(CalendarDefinition.safeParse({ ...named, ...fields }).success).toBe(false);
  });
});
