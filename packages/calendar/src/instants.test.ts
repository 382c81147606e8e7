import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromInstant, toInstant } from './instants.ts';

const instants = fc.integer({
  min: Date.parse('0000-01-01T00:00:00Z'),
  max: Date.parse('9999-12-31T23:59:59.999Z'),
});

describe('instants as text', () => {
  it('are written and read as Date does it', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        const text = new Date(ms).toISOString();
        expect(toInstant(ms)).toBe(text);
        expect(fromInstant(text)).toBe(ms);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are right on leap days and at the turn of years', () => {
    for (const text of [
      '2000-02-29T23:59:59.999Z',
      '2100-03-01T00:00:00.000Z',
      '2026-12-31T15:59:59.999Z',
    ]) {
      expect(toInstant(fromInstant(text))).toBe(text);
    }
  });

  it('may carry an offset when read', () => {
    expect(fromInstant('2026-02-14T08:00:00+08:00')).toBe(Date.parse('2026-02-14T00:00:00Z'));
  });

  it('refuse what is no time', () => {
    expect(() => toInstant(Number.NaN)).toThrow(RangeError);
    expect(() => fromInstant('tomorrow')).toThrow(RangeError);
  });
});
