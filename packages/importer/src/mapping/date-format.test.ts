import { describe, expect, it } from 'vitest';
import { dateReader } from './date-format.ts';

const LA = 'America/Los_Angeles';
const read = (format: string, zone: string, text: string): string | undefined => {
  const ms = dateReader(format, zone)(text);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};
const us = (text: string): string | undefined => read('MM/DD/YYYY hh:mm:ss A', LA, text);

describe('reading dates', () => {
  it('takes the half of the day and the zone’s winter and summer time', () => {
    expect(us('01/01/2018 12:00:09 AM')).toBe('2018-01-01T08:00:09.000Z');
    expect(us('01/01/2018 12:00:09 PM')).toBe('2018-01-01T20:00:09.000Z');
    expect(us('07/04/2018 11:59:59 pm')).toBe('2018-07-05T06:59:59.000Z');
  });

  it('moves a time the clocks passed over to an hour later', () => {
    expect(us('03/11/2018 01:59:59 AM')).toBe('2018-03-11T09:59:59.000Z');
    expect(us('03/11/2018 02:30:00 AM')).toBe('2018-03-11T10:30:00.000Z');
    expect(us('03/11/2018 03:00:00 AM')).toBe('2018-03-11T10:00:00.000Z');
  });

  it('takes a time that came twice for the first of the two', () => {
    expect(us('11/04/2018 12:59:59 AM')).toBe('2018-11-04T07:59:59.000Z');
    expect(us('11/04/2018 01:30:00 AM')).toBe('2018-11-04T08:30:00.000Z');
    expect(us('11/04/2018 02:00:00 AM')).toBe('2018-11-04T10:00:00.000Z');
  });

  it('takes ISO 8601 with and without an offset', () => {
    const shanghai = 'Asia/Shanghai';
    expect(read('iso', shanghai, '2026-01-31T08:30:00')).toBe('2026-01-31T00:30:00.000Z');
    expect(read('iso', shanghai, '2026-01-31 08:30:00.25Z')).toBe('2026-01-31T08:30:00.250Z');
    expect(read('iso', shanghai, '2026-01-31T08:30+05:30')).toBe('2026-01-31T03:00:00.000Z');
    expect(read('iso', shanghai, '2026-01-31')).toBe('2026-01-30T16:00:00.000Z');
  });

  it('takes seconds and milliseconds since 1970', () => {
    expect(read('unix', 'UTC', '1514764809.5')).toBe('2018-01-01T00:00:09.500Z');
    expect(read('unix-ms', 'UTC', '1514764809000')).toBe('2018-01-01T00:00:09.000Z');
  });

  it('takes letters in brackets and one-digit parts', () => {
    expect(read('YYYY年M月D日 H:mm', 'Asia/Shanghai', '2026年2月3日 9:05')).toBe(
      '2026-02-03T01:05:00.000Z',
    );
    expect(read('[on] D.M.YYYY', 'UTC', 'on 1.2.2026')).toBe('2026-02-01T00:00:00.000Z');
  });

  it.each([
    '02/30/2018 01:00:00 AM',
    '13/01/2018 01:00:00 AM',
    '01/01/2018 00:00:00 AM',
    '01/01/2018 13:00:00 PM',
    '01/01/2018 01:60:00 AM',
    '01/01/2018 01:00:00',
    '1/1/2018 01:00:00 AM',
    'yesterday',
    '',
  ])('reads nothing in %j', (text) => {
    expect(us(text)).toBeUndefined();
  });

  it.each([
    ['YYYY-MM', 'UTC', /year, a month and a day/],
    ['YYYY-MM-DD hh:mm', 'UTC', /AM\/PM/],
    ['YYYY-MM-DD at HH:mm', 'UTC', /brackets/],
    ['YYYY-MM-DD DD', 'UTC', /twice/],
    ['iso', 'Mars/Olympus', /Mars/],
  ])('refuses the format %j in %s', (format, zone, message) => {
    expect(() => dateReader(format, zone)).toThrow(message);
  });
});
