import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours, paused, resumed, urgent } from '../test/clock-fixture.ts';
import { at, definitions, office, shown, slowAdd } from '../test/fixture.ts';
import {
  bindClock,
  type Clock,
  dueMarks,
  extendClock,
  type Limit,
  markAmber,
  markRed,
  nextDueMs,
  rebindClock,
  restartWithRemaining,
  startClock,
  stopClock,
} from './index.ts';

const MINUTE_MS = 60_000;

function started(start: string | number, limit: Limit): Clock {
  const atMs = typeof start === 'number' ? start : at(start);
  return startClock({ limit, calendar: office, revision: 7, basis: 'b', atMs, warnShare: 0.8 });
}

const warn = (clock: Clock): string => shown(Date.parse(clock.warnAt ?? ''));
const bind = (clock: Clock, time: string): Clock =>
  bindClock(clock, { at: new Date(at(time)).toISOString(), basis: 'upstream:d' }, office);

describe('the amber mark', () => {
  const clock = started('2026-03-02 09:00', hours(10));

  it('falls due when the share of the counted time has passed', () => {
    expect(warn(clock)).toBe('2026-03-03 09:00');
    expect(warn(started('2026-03-02 22:00', urgent(10)))).toBe('2026-03-03 06:00');
  });

  it('rings first, is set before the red one, and once', () => {
    expect(shown(nextDueMs({ handle: clock }) ?? 0)).toBe('2026-03-03 09:00');
    const late = at('2026-03-09 09:00');
    expect(dueMarks({ handle: clock }, late)).toMatchObject([{ mark: 'amber', at: clock.warnAt }]);
    const amber = markAmber(clock);
    expect(dueMarks({ handle: amber }, late)).toMatchObject([{ mark: 'red', at: clock.dueAt }]);
    expect(dueMarks({ handle: markRed(amber) }, late)).toEqual([]);
  });

  it('is not set on a clock that does not warn, is red already, stands still or has stopped', () => {
    const { warnAt: _at, warnShare: _share, ...silent } = clock;
    const noon = at('2026-03-03 09:00');
    for (const quiet of [
      silent,
      markRed(clock),
      paused(clock, '2026-03-02 10:00'),
      stopClock(clock, at('2026-03-02 10:00')),
    ]) {
      expect(dueMarks({ handle: quiet }, noon)).toEqual([]);
    }
  });

  it('leaves pauses out, and stays where it was reached before one', () => {
    const before = resumed(paused(clock, '2026-03-02 10:00'), '2026-03-02 15:00');
    expect(warn(before)).toBe('2026-03-03 12:00');
    const after = resumed(paused(markAmber(clock), '2026-03-03 10:00'), '2026-03-04 10:00');
    expect(after.amberAt).toBe(clock.amberAt ?? clock.warnAt);
  });

  it('falls due again when more is allowed', () => {
    const longer = extendClock(markAmber(clock), hours(10), office);
    expect([warn(longer), longer.amberAt]).toEqual(['2026-03-04 09:00', undefined]);
  });

  it('goes by the time to the instant that binds, and by its own when freed', () => {
    const amber = markAmber(clock);
    const bound = bind(amber, '2026-03-02 16:00');
    // Five open hours; a fifth of them before the end.
    expect([warn(bound), bound.amberAt]).toEqual(['2026-03-02 15:00', undefined]);
    const free = rebindClock(bound, undefined, office);
    expect(warn(free)).toBe('2026-03-03 09:00');
    expect(rebindClock(bind(amber, '2026-03-09 09:00'), undefined, office).amberAt).toBe(
      clock.warnAt,
    );
  });

  it('goes by the hours of the day where nothing is open before what binds', () => {
    const bound = bind(started('2026-03-07 10:00', hours(10)), '2026-03-07 20:00');
    expect(warn(bound)).toBe('2026-03-07 18:00');
  });

  it('comes again with a rework that was given its minimum', () => {
    const done = stopClock(markAmber(clock), at('2026-03-03 10:00'));
    const again = restartWithRemaining(done, {
      atMs: at('2026-03-05 09:00'),
      calendar: office,
      minimum: hours(4),
    });
    // 10 h, and 3 h more to make 4 of them left: a fifth of 13 before the end.
    expect([shown(Date.parse(again.dueAt)), warn(again)]).toEqual([
      '2026-03-05 15:00',
      '2026-03-05 10:24',
    ]);
    expect(again.amberAt).toBeUndefined();
  });

  it('lies where a minute-by-minute count of the share ends, whatever was paused', () => {
    const gap = fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 3_000 }));
    const startMs = fc
      .integer({ min: at('2026-01-01 00:00') / MINUTE_MS, max: at('2026-03-10 00:00') / MINUTE_MS })
      .map((minute) => minute * MINUTE_MS);
    fc.assert(
      fc.property(
        startMs,
        fc.constantFrom(5, 10, 25),
        fc.array(gap, { maxLength: 3 }),
        (from, amount, gaps) => {
          let told = started(from, hours(amount));
          let now = from;
          const stood: (readonly [number, number])[] = [];
          for (const [run, stand] of gaps) {
            const pauseMs = now + run * MINUTE_MS;
            if (pauseMs >= Date.parse(told.dueAt)) break;
            now = pauseMs + stand * MINUTE_MS;
            told = resumed(paused(told, shown(pauseMs)), shown(now));
            stood.push([pauseMs, now]);
          }
          const share = amount * 48 * MINUTE_MS;
          expect(warn(told)).toBe(shown(slowly(from, share, stood)));
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** The share counted between the pauses, one after the other. */
function slowly(
  fromMs: number,
  shareMs: number,
  stood: readonly (readonly [number, number])[],
): number {
  let left = shareMs;
  let now = fromMs;
  for (const [pauseMs, resumeMs] of stood) {
    const reached = slowAdd(definitions.office, now, left);
    if (reached < pauseMs) return reached;
    left -= office.workingMsBetween(now, pauseMs);
    now = resumeMs;
  }
  return slowAdd(definitions.office, now, left);
}
