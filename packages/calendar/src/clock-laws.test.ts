import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, definitions, office, shown, slowAdd, slowBetween } from '../test/fixture.ts';
import {
  type Clock,
  extendClock,
  type Limit,
  pauseClock,
  replanClock,
  restartWithRemaining,
  resumeClock,
  startClock,
  stopClock,
} from './index.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const hours = (amount: number): Limit => ({ amount, unit: 'work-hour' });
const urgent = (amount: number): Limit => ({ amount, unit: 'urgent-hour' });
const one = (clock: Clock): Limit => ({ amount: 1, unit: clock.limit.unit });

type Move = (clock: Clock, now: number) => Clock;

const pause: Move = (clock, now) => pauseClock(clock, now, office);
const resume: Move = (clock, now) => resumeClock(clock, now, office);
const extend: Move = (clock) => extendClock(clock, one(clock), office);
const rework: Move = (clock, now) =>
  restartWithRemaining(stopClock(clock, now - MINUTE_MS), {
    atMs: now,
    calendar: office,
    minimum: one(clock),
  });

const moves = fc.array(
  fc.tuple(fc.constantFrom(pause, resume, extend, rework), fc.integer({ min: 2, max: 2_000 })),
  { maxLength: 12 },
);

describe('any run of moves', () => {
  const start = fc
    .integer({ min: at('2026-01-01 00:00') / MINUTE_MS, max: at('2026-03-10 00:00') / MINUTE_MS })
    .map((minute) => minute * MINUTE_MS);
  const gaps = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 3_000 })),
    { maxLength: 4 },
  );
  const limits = fc.constantFrom(hours(2), hours(9), hours(33), urgent(6), urgent(50));

  it('of pauses is due where a minute-by-minute count ends', () => {
    fc.assert(
      fc.property(start, limits, gaps, (startMs, limit, pauses) => {
        let clock = startClock({ limit, calendar: office, revision: 1, basis: 'b', atMs: startMs });
        const definition = limit.unit === 'work-hour' ? definitions.office : definitions.always;
        let left = limit.amount * HOUR_MS;
        let expected = slowAdd(definition, startMs, left);
        let now = startMs;
        for (const [run, stand] of pauses) {
          const from = now + run * MINUTE_MS;
          fc.pre(from !== expected);
          const to = from + stand * MINUTE_MS;
          clock = resumeClock(pauseClock(clock, from, office), to, office);
          if (from < expected) {
            left -= slowBetween(definition, now, from);
            expected = slowAdd(definition, to, left);
          }
          now = to;
        }
        expect(shown(Date.parse(clock.dueAt))).toBe(shown(expected));
      }),
    );
  });

  it('is explained by the fields of the clock: planned anew as it is, it stays as it is', () => {
    fc.assert(
      fc.property(start, limits, moves, (startMs, limit, steps) => {
        let clock = startClock({ limit, calendar: office, revision: 1, basis: 'b', atMs: startMs });
        let now = startMs;
        for (const [move, minutes] of steps) {
          now += minutes * MINUTE_MS;
          clock = move(clock, now);
        }
        const { revision, basis } = clock;
        const again = replanClock(clock, { limit, calendar: office, revision, basis });
        expect(again).toEqual({ ...clock, epoch: clock.epoch + 1 });
      }),
      { numRuns: 500 },
    );
  });
});
