import { describe, expect, it } from 'vitest';
import { due, HOUR_MS, hours, paused, resumed, started, urgent } from '../test/clock-fixture.ts';
import { at, definitions, holidays, office, shown } from '../test/fixture.ts';
import {
  type Clock,
  compileCalendar,
  extendClock,
  type Limit,
  markRed,
  replanClock,
  restartWithRemaining,
  stopClock,
} from './index.ts';

describe('going on after a stop', () => {
  const restart = (clock: Clock, stop: string, again: string, minimum?: Limit) =>
    restartWithRemaining(stopClock(clock, at(stop)), {
      atMs: at(again),
      calendar: office,
      ...(minimum === undefined ? {} : { minimum }),
    });

  it('takes the time that was left; what lay between counts nowhere', () => {
    const clock = restart(
      started('2026-03-02 09:00', hours(4)),
      '2026-03-02 10:00',
      '2026-03-04 14:00',
    );
    expect([due(clock), clock.epoch, clock.verdict]).toEqual(['2026-03-04 17:00', 2, undefined]);
  });

  it('gives at least the minimum', () => {
    const clock = restart(
      started('2026-03-02 09:00', hours(2)),
      '2026-03-02 10:30',
      '2026-03-04 14:00',
      hours(3),
    );
    expect([due(clock), clock.extensions?.[0]?.ms]).toEqual(['2026-03-04 17:00', 2.5 * HOUR_MS]);
  });

  it('leaves what is more than the minimum', () => {
    const clock = restart(
      started('2026-03-02 08:00', hours(4)),
      '2026-03-02 08:30',
      '2026-03-04 14:00',
      hours(3),
    );
    expect([due(clock), clock.extensions]).toEqual(['2026-03-04 17:30', undefined]);
  });

  it('keeps a late clock overdue unless there is a minimum', () => {
    const late = markRed(started('2026-03-02 09:00', hours(2)));
    const without = restart(late, '2026-03-02 16:00', '2026-03-04 14:00');
    expect([due(without), without.redAt]).toEqual(['2026-03-02 11:00', late.dueAt]);
    const given = restart(late, '2026-03-02 16:00', '2026-03-04 14:00', hours(1));
    expect([due(given), given.redAt]).toEqual(['2026-03-04 15:00', undefined]);
  });

  it('uses what a pause had kept when it stopped within one', () => {
    const still = paused(started('2026-03-02 09:00', hours(4)), '2026-03-02 10:00');
    expect(due(restart(still, '2026-03-03 10:00', '2026-03-04 14:00'))).toBe('2026-03-04 17:00');
  });

  it('is not for a clock that runs', () => {
    const clock = started('2026-03-02 09:00', hours(2));
    expect(() => restartWithRemaining(clock, { atMs: 0, calendar: office })).toThrow(
      expect.objectContaining({ code: 'CLOCK_NOT_STOPPED' }),
    );
  });
});

describe('planning anew', () => {
  const plan = { limit: hours(8), calendar: office, revision: 8, basis: 'standard:2' };
  const pausedOnce = () =>
    resumed(paused(started('2026-03-02 09:00', hours(4)), '2026-03-02 10:00'), '2026-03-03 10:00');

  it('applies the new limit from the start, without what pauses took', () => {
    const clock = replanClock(pausedOnce(), plan);
    expect([due(clock), clock.epoch, clock.revision, clock.basis]).toEqual([
      '2026-03-04 09:00',
      3,
      8,
      'standard:2',
    ]);
    expect(shown(Date.parse(clock.firstDueAt))).toBe('2026-03-02 15:00');
  });

  it('may put the due instant into the past, before a pause that then changes nothing', () => {
    const clock = replanClock(pausedOnce(), {
      ...plan,
      limit: { amount: 30, unit: 'urgent-minute' },
    });
    expect(due(clock)).toBe('2026-03-02 09:30');
  });

  it('keeps extensions and changes from working to wall time', () => {
    const extended = extendClock(pausedOnce(), hours(2), office);
    expect(due(replanClock(extended, plan))).toBe('2026-03-04 11:00');
    // 1 hour before the pause, then 3 of 4 hours and the 2 the extension spanned.
    expect(due(replanClock(extended, { ...plan, limit: urgent(4) }))).toBe('2026-03-03 15:00');
  });

  it('changes what is left of a paused clock', () => {
    const still = paused(started('2026-03-02 09:00', hours(4)), '2026-03-02 10:00');
    const clock = replanClock(still, plan);
    expect([clock.remainingMs, clock.pausedAt]).toEqual([7 * HOUR_MS, still.pausedAt]);
    expect(due(resumed(clock, '2026-03-03 08:00'))).toBe('2026-03-03 17:00');
  });

  it('settles a provisional due instant when the year becomes known', () => {
    const known = compileCalendar(definitions.office, {
      ...holidays,
      knownThrough: 2027,
      holidays: [...holidays.holidays, '2027-01-01'],
    });
    const clock = started('2026-12-31 17:00', hours(2));
    expect([due(clock), clock.provisional]).toEqual(['2027-01-01 09:00', true]);
    const settled = replanClock(clock, { ...plan, limit: clock.limit, calendar: known });
    expect([due(settled), 'provisional' in settled]).toEqual(['2027-01-04 09:00', false]);
  });

  it('marks again only where the due instant moved, and leaves a verdict alone', () => {
    const marked = markRed(started('2026-03-02 09:00', hours(4)));
    expect(replanClock(marked, { ...plan, limit: hours(4) }).redAt).toBe(marked.dueAt);
    expect('redAt' in replanClock(marked, plan)).toBe(false);
    const stopped = stopClock(marked, at('2026-03-02 10:00'));
    expect(replanClock(stopped, plan)).toBe(stopped);
  });
});
