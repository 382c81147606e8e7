import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { due, HOUR_MS, hours, paused, resumed, started, urgent } from '../test/clock-fixture.ts';
import { at, office } from '../test/fixture.ts';
import {
  extendClock,
  markRed,
  pauseClock,
  remainingMs,
  resumeClock,
  startClock,
  stopClock,
} from './index.ts';

describe('starting and stopping', () => {
  it('records all that explains the due instant', () => {
    expect(started('2026-02-14 17:00', hours(2))).toEqual({
      epoch: 1,
      limit: { amount: 2, unit: 'work-hour' },
      calendar: 'office',
      revision: 7,
      basis: 'standard:1',
      startedAt: '2026-02-14T09:00:00.000Z',
      firstDueAt: '2026-02-24T01:00:00.000Z',
      dueAt: '2026-02-24T01:00:00.000Z',
    });
  });

  it('says that a due instant beyond the known years is provisional', () => {
    expect(started('2026-12-31 17:00', hours(2)).provisional).toBe(true);
    expect('provisional' in started('2026-12-31 17:00', urgent(20))).toBe(false);
  });

  it('takes the place of an earlier clock under a later epoch and another name of the calendar', () => {
    const start = { limit: hours(1), calendar: office, revision: 1, basis: 'b', atMs: 0 };
    expect(startClock({ ...start, epoch: 4, calendarId: 'x' })).toMatchObject({
      epoch: 4,
      calendar: 'x',
    });
  });

  it('is on time at the due instant and late a millisecond after', () => {
    const clock = started('2026-03-02 09:00', hours(2));
    expect(stopClock(clock, at('2026-03-02 11:00')).verdict).toBe('on-time');
    expect(stopClock(clock, at('2026-03-02 11:00') + 1).verdict).toBe('late');
  });

  it('judges a paused clock by the beginning of its pause', () => {
    const clock = started('2026-03-02 09:00', hours(2));
    const stop = (pause: string) => stopClock(paused(clock, pause), at('2026-03-05 09:00'));
    expect(stop('2026-03-02 10:00')).toMatchObject({ verdict: 'on-time', remainingMs: HOUR_MS });
    expect(stop('2026-03-02 11:30')).toMatchObject({ verdict: 'late', remainingMs: 0 });
  });

  it('does nothing twice', () => {
    const clock = started('2026-03-02 09:00', hours(2));
    const still = paused(clock, '2026-03-02 10:00');
    const stopped = stopClock(clock, at('2026-03-02 10:00'));
    expect(resumed(clock, '2026-03-02 10:00')).toBe(clock);
    expect(paused(still, '2026-03-02 10:30')).toBe(still);
    expect(stopClock(stopped, at('2026-03-02 12:00'))).toBe(stopped);
    expect(paused(stopped, '2026-03-02 12:00')).toBe(stopped);
    expect(resumed(stopClock(still, 0), '2026-03-02 12:00').stoppedAt).toBe(
      '1970-01-01T00:00:00.000Z',
    );
  });
});

describe('pausing and resuming', () => {
  it('keeps what was left and gives it back', () => {
    const still = paused(started('2026-03-02 09:00', hours(4)), '2026-03-02 11:00');
    expect(still).toMatchObject({ epoch: 1, remainingMs: 2 * HOUR_MS });
    const clock = resumed(still, '2026-03-04 17:00');
    expect([due(clock), clock.epoch]).toEqual(['2026-03-05 09:00', 2]);
    expect(clock.pauses).toEqual([
      { from: '2026-03-02T03:00:00.000Z', to: '2026-03-04T09:00:00.000Z' },
    ]);
    expect('remainingMs' in clock || 'pausedAt' in clock).toBe(false);
  });

  it('counts wall time on an urgent clock', () => {
    const still = paused(started('2026-02-15 09:00', urgent(4)), '2026-02-15 10:00');
    expect(due(resumed(still, '2026-02-16 03:00'))).toBe('2026-02-16 06:00');
  });

  it('changes nothing in closed time', () => {
    const still = paused(started('2026-03-02 17:00', hours(2)), '2026-03-02 19:00');
    expect(due(resumed(still, '2026-03-03 07:00'))).toBe('2026-03-03 09:00');
  });

  it('still covers a clock whose due instant is the very beginning of the pause', () => {
    const still = paused(started('2026-03-02 09:00', hours(2)), '2026-03-02 11:00');
    expect(still.remainingMs).toBe(0);
    const clock = resumed(still, '2026-03-04 09:00');
    expect(due(clock)).toBe('2026-03-04 09:00');
    expect(stopClock(clock, at('2026-03-04 09:00')).verdict).toBe('on-time');
  });

  it('neither saves a clock that is overdue nor marks it again', () => {
    const late = markRed(started('2026-03-02 09:00', hours(2)));
    const clock = resumed(paused(late, '2026-03-02 14:30'), '2026-03-04 09:00');
    expect([due(clock), clock.redAt, clock.epoch]).toEqual(['2026-03-02 11:00', late.dueAt, 2]);
  });

  it('may go beyond the known years, which makes it provisional', () => {
    const clock = resumed(
      paused(started('2026-12-31 09:00', hours(4)), '2026-12-31 10:00'),
      '2027-03-01 09:00',
    );
    expect([due(clock), clock.provisional]).toEqual(['2027-03-01 12:00', true]);
  });

  it('of no length leaves all as it was but the epoch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2025-01-01 00:00'), max: at('2027-06-01 00:00') }),
        fc.integer({ min: 0, max: 300 * HOUR_MS }),
        fc.constantFrom(hours(3), hours(40), urgent(5)),
        (start, after, limit) => {
          const clock = startClock({
            limit,
            calendar: office,
            revision: 1,
            basis: 'b',
            atMs: start,
          });
          const again = resumeClock(
            pauseClock(clock, start + after, office),
            start + after,
            office,
          );
          expect(again).toEqual({ ...clock, epoch: 2 });
        },
      ),
    );
  });
});

describe('extending', () => {
  it('adds a limit behind the due instant', () => {
    const clock = extendClock(started('2026-03-02 09:00', hours(2)), hours(4), office);
    expect([due(clock), clock.epoch, clock.firstDueAt]).toEqual([
      '2026-03-02 17:00',
      2,
      '2026-03-02T03:00:00.000Z',
    ]);
    expect(clock.extensions).toEqual([
      { from: '2026-03-02T03:00:00.000Z', to: '2026-03-02T09:00:00.000Z', ms: 4 * HOUR_MS },
    ]);
  });

  it('goes to an instant, and clears the mark of the former one', () => {
    const marked = markRed(started('2026-03-02 09:00', hours(2)));
    const clock = extendClock(marked, at('2026-03-03 10:00'), office);
    expect([due(clock), 'redAt' in clock]).toEqual(['2026-03-03 10:00', false]);
  });

  it('gives a paused clock more to go on with', () => {
    const still = paused(started('2026-03-02 09:00', hours(2)), '2026-03-02 10:00');
    const extended = extendClock(still, hours(4), office);
    expect(extended.remainingMs).toBe(5 * HOUR_MS);
    expect(due(resumed(extended, '2026-03-04 08:00'))).toBe('2026-03-04 15:00');
  });

  it('refuses what is no extension and what has stopped', () => {
    const clock = started('2026-03-02 09:00', hours(2));
    expect(() => extendClock(clock, at('2026-03-02 11:00'), office)).toThrow(
      expect.objectContaining({ code: 'CLOCK_EXTENSION_EMPTY' }),
    );
    expect(() => extendClock(stopClock(clock, 0), hours(1), office)).toThrow(
      expect.objectContaining({ code: 'CLOCK_STOPPED' }),
    );
  });
});

describe('what is left of a clock', () => {
  it('stands while the clock does', () => {
    const clock = started('2026-03-02 09:00', hours(4));
    expect(remainingMs(clock, at('2026-03-02 13:00'), office)).toBe(HOUR_MS);
    expect(remainingMs(clock, at('2026-03-02 19:00'), office)).toBe(0);
    const still = paused(clock, '2026-03-02 11:00');
    expect(remainingMs(still, at('2026-03-09 11:00'), office)).toBe(2 * HOUR_MS);
    const stopped = stopClock(clock, at('2026-03-02 10:00'));
    expect(remainingMs(stopped, at('2026-03-09 11:00'), office)).toBe(3 * HOUR_MS);
  });
});
