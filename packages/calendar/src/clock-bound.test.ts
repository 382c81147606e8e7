import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { due, hours, paused, resumed, started } from '../test/clock-fixture.ts';
import { at, office } from '../test/fixture.ts';
import {
  bindClock,
  type Clock,
  dueMarks,
  extendClock,
  markRed,
  nextDueMs,
  ownBasis,
  pauseClock,
  rebindClock,
  replanClock,
  resumeClock,
  startClock,
  stopClock,
} from './index.ts';

const MINUTE_MS = 60_000;
const instant = (ms: number): string => new Date(ms).toISOString();
const until = (time: string, by = 'upstream:d1') => ({ at: instant(at(time)), basis: by });
const bind = (clock: Clock, time: string, by?: string) => bindClock(clock, until(time, by), office);
const plan = { calendar: office, revision: 8, basis: 'standard:2' };

describe('a clock that is bound', () => {
  // Due on its own on Monday at 15:00: four hours from nine, the lunch break left out.
  const own = started('2026-03-02 09:00', hours(4));

  it('is due at the earlier of the two, and says which it is', () => {
    const early = bind(own, '2026-03-02 11:00');
    expect([due(early), early.basis, early.epoch]).toEqual([
      '2026-03-02 11:00',
      'upstream:d1',
      own.epoch + 1,
    ]);
    const late = bind(own, '2026-03-05 11:00');
    expect([due(late), late.basis, late.epoch]).toEqual([due(own), own.basis, own.epoch]);
    expect([ownBasis(early), ownBasis(late), ownBasis(own)]).toEqual(Array(3).fill(own.basis));
  });

  it('is bound by the earliest, whoever came last', () => {
    const both = bind(bind(own, '2026-03-02 11:00'), '2026-03-02 10:00', 'upstream:d2');
    expect([due(both), both.basis]).toEqual(['2026-03-02 10:00', 'upstream:d2']);
    expect(bind(both, '2026-03-02 10:30')).toBe(both);
    const stopped = stopClock(own, at('2026-03-02 10:00'));
    expect(bind(stopped, '2026-03-02 10:30')).toBe(stopped);
  });

  it('promises the earlier one first when it is bound from the start', () => {
    const start = { limit: hours(4), ...plan, atMs: at('2026-03-02 09:00') };
    const clock = startClock({ ...start, bound: until('2026-03-02 11:00') });
    expect([clock.firstDueAt, clock.epoch]).toEqual([clock.dueAt, 1]);
    expect(due(clock)).toBe('2026-03-02 11:00');
  });

  it('is held up by no pause, is marked in the middle of one, and not excused by it', () => {
    const still = paused(bind(own, '2026-03-03 11:00'), '2026-03-02 10:00');
    expect(due(still)).toBe('2026-03-03 11:00');
    const dueMs = at('2026-03-03 11:00');
    expect(nextDueMs({ handle: still })).toBe(dueMs);
    expect(dueMarks({ handle: still }, dueMs)).toMatchObject([{ clock: 'handle', mark: 'red' }]);
    expect(stopClock(still, dueMs).verdict).toBe('on-time');
    expect(stopClock(still, dueMs + 1).verdict).toBe('late');
    const marked = resumed(markRed(still), '2026-03-05 09:00');
    expect([due(marked), marked.redAt]).toEqual(['2026-03-03 11:00', still.dueAt]);
  });

  it('is due by its own limit again where that ends first', () => {
    const bound = bind(own, '2026-03-03 11:00');
    const back = resumed(paused(bound, '2026-03-02 10:00'), '2026-03-02 11:00');
    expect([due(back), back.basis]).toEqual(['2026-03-02 16:00', own.basis]);
  });

  it('is bound by what is left, or by nothing, once what bound it is gone', () => {
    const early = markRed(bind(own, '2026-03-02 11:00'));
    const later = rebindClock(early, until('2026-03-02 14:00', 'upstream:d2'), office);
    expect([due(later), later.basis, later.epoch, later.redAt]).toEqual([
      '2026-03-02 14:00',
      'upstream:d2',
      early.epoch + 1,
      undefined,
    ]);
    const free = rebindClock(later, undefined, office);
    expect(free).toEqual({ ...own, epoch: later.epoch + 1 });
    const loose = markRed(bind(own, '2026-03-05 11:00'));
    expect(rebindClock(loose, undefined, office)).toEqual(markRed(own));
    expect(rebindClock(early, until('2026-03-02 11:00'), office)).toBe(early);
    const stopped = stopClock(early, at('2026-03-02 12:00'));
    expect(rebindClock(stopped, undefined, office)).toBe(stopped);
  });

  it('that stands still keeps what it had left when it is set free', () => {
    const still = paused(bind(own, '2026-03-03 11:00'), '2026-03-02 10:00');
    const free = rebindClock(still, undefined, office);
    expect(resumed(free, '2026-03-02 11:00')).toMatchObject({ basis: own.basis });
    expect(due(resumed(free, '2026-03-02 11:00'))).toBe('2026-03-02 16:00');
  });

  it('that was extended to a closed hour is due at that hour, whatever moves it after', () => {
    // Office hours end at 18:00: what was granted until 22:00 is due then, though no working time was added.
    const evening = extendClock(
      bind(started('2026-03-02 14:00', hours(4)), '2026-03-05 11:00'),
      at('2026-03-02 22:00'),
      office,
    );
    expect(due(evening)).toBe('2026-03-02 22:00');
    const bound = bind(evening, '2026-03-04 11:00');
    const planned = replanClock(evening, { ...plan, limit: evening.limit });
    const stood = resumeClock(
      pauseClock(evening, at('2026-03-02 15:00'), office),
      at('2026-03-02 15:00'),
      office,
    );
    expect([due(bound), due(planned), due(stood)]).toEqual(Array(3).fill('2026-03-02 22:00'));
    // An hour it stood is an hour of the next morning.
    const later = resumeClock(
      pauseClock(evening, at('2026-03-02 15:00'), office),
      at('2026-03-02 16:00'),
      office,
    );
    expect(due(later)).toBe('2026-03-03 09:00');
  });

  it('stays bound under another plan', () => {
    const longer = replanClock(bind(own, '2026-03-02 11:00'), { ...plan, limit: hours(40) });
    expect([due(longer), longer.basis, ownBasis(longer)]).toEqual([
      '2026-03-02 11:00',
      'upstream:d1',
      'standard:2',
    ]);
    const shorter = replanClock(longer, { ...plan, limit: hours(1) });
    expect([due(shorter), shorter.basis]).toEqual(['2026-03-02 10:00', 'standard:2']);
  });
});

describe('any run of moves on a bound clock', () => {
  type Move = (clock: Clock, now: number) => Clock;
  const pause: Move = (clock, now) => pauseClock(clock, now, office);
  const resume: Move = (clock, now) => resumeClock(clock, now, office);
  const extend: Move = (clock) => extendClock(clock, hours(1), office);
  // A longer one: a due instant that a plan puts into the past is not extended by anybody.
  const replan: Move = (clock) => replanClock(clock, { ...plan, limit: hours(11) });
  const moves = fc.array(
    fc.record({
      move: fc.constantFrom(pause, resume, extend, replan),
      minutes: fc.integer({ min: 2, max: 2_000 }),
      end: fc.option(fc.integer({ min: 0, max: 12_000 })),
    }),
    { maxLength: 14 },
  );

  /** When the clock is due that nothing binds: never while it stands in good time. */
  function dueMs({ pausedAt, dueAt }: Clock): number {
    return pausedAt !== undefined && dueAt > pausedAt ? Infinity : Date.parse(dueAt);
  }

  it('is due when the same clock unbound would be, or at the earliest bound', () => {
    fc.assert(
      fc.property(moves, (steps) => {
        const startMs = at('2026-03-02 09:00');
        let free = startClock({ ...plan, limit: hours(9), atMs: startMs });
        let bound = free;
        let earliest = Infinity;
        let now = startMs;
        for (const { move, minutes, end } of steps) {
          now += minutes * MINUTE_MS;
          if (end !== null) {
            const endMs = startMs + end * MINUTE_MS;
            earliest = Math.min(earliest, endMs);
            bound = bindClock(bound, { at: instant(endMs), basis: 'upstream:d' }, office);
          }
          free = move(free, now);
          bound = move(bound, now);
          // Unbound, a paused clock keeps showing the due instant it had.
          if (earliest === Infinity) continue;
          expect(Date.parse(bound.dueAt)).toBe(Math.min(dueMs(free), earliest));
          expect(ownBasis(bound)).toBe(free.basis);
          expect([bound.pausedAt, bound.remainingMs]).toEqual([free.pausedAt, free.remainingMs]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
