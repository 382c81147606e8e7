import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, pairs, shown, slowAdd, slowBetween } from '../test/fixture.ts';
import type { LimitUnit } from './index.ts';

const MINUTE_MS = 60_000;
const FROM = at('2024-01-01 00:00') / MINUTE_MS;
const TO = at('2026-12-20 00:00') / MINUTE_MS;

describe.each(pairs)('$id against a minute-by-minute oracle', (definition, calendar) => {
  const minutes = fc.integer({ min: FROM, max: TO }).map((minute) => minute * MINUTE_MS);
  const amounts = fc.integer({ min: 0, max: 1_500 }).map((minute) => minute * MINUTE_MS);

  it('adds as the oracle does', () => {
    fc.assert(
      fc.property(minutes, amounts, (start, amount) => {
        expect(shown(calendar.add(start, amount))).toBe(shown(slowAdd(definition, start, amount)));
      }),
    );
  });

  it('measures as the oracle does', () => {
    fc.assert(
      fc.property(minutes, fc.integer({ min: 0, max: 20_000 }), (start, length) => {
        const end = start + length * MINUTE_MS;
        expect(calendar.workingMsBetween(start, end)).toBe(slowBetween(definition, start, end));
      }),
    );
  });
});

describe.each(pairs)('the laws of $id', (_definition, calendar) => {
  // Milliseconds, and years on both sides of what is known.
  const instants = fc.integer({ min: at('2001-01-01 00:00'), max: at('2032-01-01 00:00') });
  const amounts = fc.integer({ min: 0, max: 400 * 3_600_000 });

  it('measures back exactly what it added', () => {
    fc.assert(
      fc.property(instants, amounts, (start, amount) => {
        expect(calendar.workingMsBetween(start, calendar.add(start, amount))).toBe(amount);
      }),
    );
  });

  it('adds in parts what it adds at once', () => {
    fc.assert(
      fc.property(instants, amounts, amounts, (start, a, b) => {
        expect(calendar.add(calendar.add(start, a), b)).toBe(calendar.add(start, a + b));
      }),
    );
  });

  it('answers the earliest instant there is', () => {
    fc.assert(
      fc.property(
        instants,
        amounts.filter((a) => a > 0),
        (start, amount) => {
          const due = calendar.add(start, amount);
          expect(calendar.workingMsBetween(start, due - 1)).toBe(amount - 1);
        },
      ),
    );
  });

  it('grows with start and amount, and never goes back', () => {
    fc.assert(
      fc.property(instants, amounts, amounts, (start, a, b) => {
        expect(calendar.add(start, a)).toBeGreaterThanOrEqual(start + a);
        expect(calendar.add(start, a + b)).toBeGreaterThanOrEqual(calendar.add(start, a));
        expect(calendar.add(start + b, a)).toBeGreaterThanOrEqual(calendar.add(start, a));
      }),
    );
  });

  it('measures the same both ways round', () => {
    fc.assert(
      fc.property(instants, instants, instants, (a, b, c) => {
        const sum = calendar.workingMsBetween(a, b) + calendar.workingMsBetween(b, c);
        expect(calendar.workingMsBetween(a, c)).toBe(sum);
        expect(calendar.workingMsBetween(b, a) + calendar.workingMsBetween(a, b)).toBe(0);
      }),
    );
  });

  it('lands a limit of working days at the same working instant', () => {
    const units = fc.constantFrom<LimitUnit>('work-day', 'work-hour');
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 40 }), units, (start, amount, unit) => {
        const { dueMs } = calendar.deadline(start, { amount, unit });
        const worth = unit === 'work-day' ? calendar.workDayMsAt(start) : 3_600_000;
        expect(calendar.workingMsBetween(start, dueMs)).toBe(amount * worth);
      }),
    );
  });
});
