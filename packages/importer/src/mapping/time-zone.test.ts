import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeZone } from './time-zone.ts';

const zones = [
  'America/Los_Angeles',
  'Asia/Shanghai',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'UTC',
];

function civilMs(zone: string, ms: number): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const part = Object.fromEntries(format.formatToParts(ms).map((p) => [p.type, Number(p.value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

describe('a time zone', () => {
  it('finds an instant that shows the civil time it was asked for, the first if there are two', () => {
    const places = new Map(zones.map((name) => [name, timeZone(name)]));
    const seconds = fc.integer({
      min: Date.UTC(2000, 0, 1) / 1_000,
      max: Date.UTC(2030, 0, 1) / 1_000,
    });
    fc.assert(
      fc.property(fc.constantFrom(...zones), seconds, (zone, at) => {
        const shown = civilMs(zone, at * 1_000);
        const found = places.get(zone)?.instantOf(shown) ?? 0;
        expect(civilMs(zone, found)).toBe(shown);
        expect(found).toBeLessThanOrEqual(at * 1_000);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a zone that does not exist', () => {
    expect(() => timeZone('Europe/Atlantis')).toThrow(RangeError);
  });
});
