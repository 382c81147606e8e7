import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes, twins } from '../test/random-calendar.ts';
import {
  type Clock,
  type Limit,
  pauseClock,
  replanClock,
  resumeClock,
  startClock,
} from './index.ts';

const MINUTE_MS = 60_000;
const amounts = fc.integer({ min: 0, max: 1_500 });
const limits: fc.Arbitrary<Limit> = fc.oneof(
  fc.record({ amount: fc.integer({ min: 1, max: 4 }), unit: fc.constant('work-day' as const) }),
  fc.record({
    amount: fc.integer({ min: 1, max: 60 }).map((quarters) => quarters / 4),
    unit: fc.constantFrom('work-hour' as const, 'urgent-hour' as const),
  }),
);

describe('a calendar with versions, own days and a notice, against counting minute by minute', () => {
  it('is open in the same minutes', () => {
    fc.assert(
      fc.property(twins, minutes, ({ fast, slow }, minute) => {
        expect(fast.isOpen(minute * MINUTE_MS)).toBe(slow.isOpen(minute));
        expect(fast.isOpen(minute * MINUTE_MS - 1)).toBe(slow.isOpen(minute - 1));
      }),
      { numRuns: 500 },
    );
  });

  it('adds and measures the same', () => {
    fc.assert(
      fc.property(twins, minutes, amounts, ({ fast, slow }, start, amount) => {
        const due = slow.add(start, amount);
        expect(fast.add(start * MINUTE_MS, amount * MINUTE_MS)).toBe(due * MINUTE_MS);
        const between = fast.workingMsBetween(start * MINUTE_MS, (start + amount) * MINUTE_MS);
        expect(between).toBe(slow.between(start, start + amount) * MINUTE_MS);
      }),
      { numRuns: 300 },
    );
  });

  it('has the same deadlines, whatever one 工作日 is worth that day', () => {
    fc.assert(
      fc.property(twins, minutes, limits, ({ fast, slow }, start, limit) => {
        const { dueMs } = fast.deadline(start * MINUTE_MS, limit);
        expect(dueMs).toBe(slow.due(start, limit) * MINUTE_MS);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a clock on such a calendar, against counting minute by minute', () => {
  const gaps = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.integer({ max: 2_000, min: 0 })),
    {
      maxLength: 4,
    },
  );

  it('is due when the minutes outside its pauses are up', () => {
    fc.assert(
      fc.property(twins, minutes, limits, gaps, ({ fast, slow }, start, limit, lengths) => {
        const pauses = pausesFrom(start, lengths);
        let clock = started(fast, start, limit);
        for (const { from, to } of pauses) {
          clock = pauseClock(clock, from * MINUTE_MS, fast);
          clock = resumeClock(clock, to * MINUTE_MS, fast);
        }
        expect(clock.dueAt).toBe(isoOf(slow.due(start, limit, pauses)));
        // And again from its parts alone, as after a revision that changes nothing.
        const again = replanClock(clock, { limit, calendar: fast, revision: 2, basis: 'b' });
        expect(again.dueAt).toBe(clock.dueAt);
      }),
      { numRuns: 300 },
    );
  });

  it('is not moved by a pause without length', () => {
    fc.assert(
      fc.property(twins, minutes, limits, amounts, ({ fast }, start, limit, later) => {
        const clock = started(fast, start, limit);
        const at = (start + later) * MINUTE_MS;
        const after = resumeClock(pauseClock(clock, at, fast), at, fast);
        expect({ ...after, epoch: clock.epoch }).toEqual(clock);
      }),
    );
  });

  it('is not moved by a pause in closed time', () => {
    fc.assert(
      fc.property(twins, minutes, amounts, ({ fast, slow }, start, later) => {
        const clock = started(fast, start, { amount: 10, unit: 'work-hour' });
        let from = start + later;
        while (slow.isOpen(from)) from += 1;
        let to = from;
        while (!slow.isOpen(to + 1)) to += 1;
        fc.pre(from * MINUTE_MS < Date.parse(clock.dueAt));
        const paused = pauseClock(clock, from * MINUTE_MS, fast);
        expect(resumeClock(paused, to * MINUTE_MS, fast).dueAt).toBe(clock.dueAt);
      }),
    );
  });
});

describe('the laws of such a calendar, to the millisecond and over years', () => {
  // Years on both sides of the season.
  const instants = fc.integer({ min: Date.UTC(2022, 0, 1), max: Date.UTC(2030, 0, 1) });
  const spans = fc.integer({ min: 0, max: 400 * 3_600_000 });

  it('is monotone and additive, measures back what it added, and answers the earliest instant', () => {
    fc.assert(
      fc.property(twins, instants, spans, spans, ({ fast }, start, a, b) => {
        const due = fast.add(start, a);
        expect(fast.workingMsBetween(start, due)).toBe(a);
        if (a > 0) expect(fast.workingMsBetween(start, due - 1)).toBe(a - 1);
        expect(fast.add(due, b)).toBe(fast.add(start, a + b));
        expect(fast.add(start + b, a)).toBeGreaterThanOrEqual(due);
      }),
      { numRuns: 500 },
    );
  });
});

function started(calendar: Parameters<typeof pauseClock>[2], start: number, limit: Limit): Clock {
  return startClock({ limit, calendar, revision: 1, basis: 'b', atMs: start * MINUTE_MS });
}

function pausesFrom(start: number, lengths: readonly (readonly [number, number])[]) {
  let minute = start;
  return lengths.map(([running, standing]) => {
    const from = minute + running;
    minute = from + standing;
    return { from, to: minute };
  });
}

function isoOf(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString();
}
