import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, holidays, office } from '../test/fixture.ts';
import {
  bindClock,
  type Clock,
  explainClock,
  extendClock,
  type Limit,
  pauseClock,
  restartWithRemaining,
  resumeClock,
  startClock,
  stopClock,
} from './index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const started = (limit: Limit, from: string): Clock =>
  startClock({ limit, calendar: office, revision: 3, basis: 'standard:E01-28.1', atMs: at(from) });

const explained = (clock: Clock, atMs: number) =>
  explainClock({
    name: 'handle',
    clock,
    pauses: [],
    calendar: office,
    calendarName: '机关工作时间',
    holidays,
    atMs,
  });

const days = (clock: Clock, when: string) =>
  explained(clock, at(when)).counted.flatMap((period) => period.days);

describe('two working days over the spring festival of 2026', () => {
  const clock = started({ amount: 2, unit: 'work-day' }, '2026-02-14 15:30');

  it('are told day by day: the make-up Saturday, the holiday, the days after it', () => {
    expect(days(clock, '2026-02-14 16:00')).toEqual([
      {
        from: '2026-02-14',
        to: '2026-02-14',
        days: 1,
        hours: [{ from: '15:30', to: '18:00' }],
        ms: 2.5 * HOUR_MS,
        note: '调休上班',
      },
      { from: '2026-02-15', to: '2026-02-23', days: 9, hours: [], ms: 0, note: '春节' },
      {
        from: '2026-02-24',
        to: '2026-02-24',
        days: 1,
        hours: [
          { from: '08:00', to: '12:00' },
          { from: '14:00', to: '18:00' },
        ],
        ms: 8 * HOUR_MS,
      },
      {
        from: '2026-02-25',
        to: '2026-02-25',
        days: 1,
        hours: [
          { from: '08:00', to: '12:00' },
          { from: '14:00', to: '15:30' },
        ],
        ms: 5.5 * HOUR_MS,
      },
    ]);
  });

  it('end where the clock says, and add up', () => {
    const told = explained(clock, at('2026-02-24 10:00'));
    expect(told).toMatchObject({
      dueAt: '2026-02-25T07:30:00.000Z',
      limit: { text: '2工作日', ms: 16 * HOUR_MS },
      sum: { limitMs: 16 * HOUR_MS, extensionMs: 0, countedMs: 16 * HOUR_MS, adds: true },
      state: 'running',
      lamp: 'green',
      remainingMs: 11.5 * HOUR_MS,
      overdueMs: 0,
    });
  });

  it('are amber with a fifth left, red when they have passed', () => {
    const lamp = (when: string) => explained(clock, at(when)).lamp;
    expect(lamp('2026-02-25 10:17')).toBe('green');
    expect(lamp('2026-02-25 10:18')).toBe('amber');
    expect(lamp('2026-02-25 15:29')).toBe('amber');
    expect(lamp('2026-02-25 15:30')).toBe('red');
    expect(explained(clock, at('2026-02-25 15:40')).overdueMs).toBe(10 * MINUTE_MS);
  });
});

describe('fifteen working days', () => {
  it('can be read: equal days are one line', () => {
    const clock = started({ amount: 15, unit: 'work-day' }, '2026-03-02 08:00');
    const lines = days(clock, '2026-03-02 08:00');
    expect(lines.map(({ from, days: n, note }) => [from, n, note])).toEqual([
      ['2026-03-02', 5, undefined],
      ['2026-03-07', 2, '周末'],
      ['2026-03-09', 5, undefined],
      ['2026-03-14', 2, '周末'],
      ['2026-03-16', 5, undefined],
    ]);
  });
});

describe('a clock that was paused', () => {
  const first = started({ amount: 9, unit: 'work-hour' }, '2026-03-02 09:00');
  const paused = pauseClock(first, at('2026-03-02 11:00'), office);
  const resumed = resumeClock(paused, at('2026-03-04 11:00'), office);

  it('tells what it counted before and after, and what it stood', () => {
    const told = explained(resumed, at('2026-03-05 09:00'));
    expect(told.counted.map(({ from, to, ms }) => [from, to, ms / HOUR_MS])).toEqual([
      ['2026-03-02T01:00:00.000Z', '2026-03-02T03:00:00.000Z', 2],
      ['2026-03-04T03:00:00.000Z', told.dueAt, 7],
    ]);
    expect(told.stood.map(({ ms }) => ms / HOUR_MS)).toEqual([16]);
    expect(told.sum.adds).toBe(true);
  });

  it('keeps its lamp and what was left while it stands', () => {
    const told = explained(paused, at('2026-03-20 11:00'));
    expect(told).toMatchObject({
      state: 'paused',
      lamp: 'green',
      remainingMs: 7 * HOUR_MS,
      overdueMs: 0,
    });
  });
});

describe('any clock, whatever has become of it', () => {
  type Move = (clock: Clock, now: number) => Clock;
  const fartherThan = (clock: Clock, now: number) =>
    Math.max(now, Date.parse(explained(clock, now).ownDueAt)) + 7_001;
  const one = (clock: Clock): Limit => ({ amount: 1, unit: clock.limit.unit });
  const moves: readonly Move[] = [
    (clock, now) => pauseClock(clock, now, office),
    (clock, now) => resumeClock(clock, now, office),
    (clock) => extendClock(clock, one(clock), office),
    // Further than any end so far, and mostly at a closed time.
    (clock, now) => extendClock(clock, fartherThan(clock, now), office),
    (clock, now) => {
      const at = new Date(now + 90 * MINUTE_MS).toISOString();
      return bindClock(clock, { at, basis: 'upstream:d1' }, office);
    },
    (clock, now) =>
      restartWithRemaining(stopClock(clock, now - MINUTE_MS), {
        atMs: now,
        calendar: office,
        minimum: one(clock),
      }),
  ];
  const limits = fc.constantFrom<Limit>(
    { amount: 2, unit: 'work-hour' },
    { amount: 3, unit: 'work-day' },
    { amount: 26, unit: 'urgent-hour' },
  );
  const steps = fc.array(fc.tuple(fc.constantFrom(...moves), fc.integer({ min: 2, max: 2_000 })), {
    maxLength: 8,
  });
  const startMs = fc.integer({ min: at('2026-01-01 00:00'), max: at('2026-03-10 00:00') });

  function led(limit: Limit, fromMs: number, taken: readonly (readonly [Move, number])[]) {
    let clock = startClock({ limit, calendar: office, revision: 1, basis: 'b', atMs: fromMs });
    let now = fromMs;
    for (const [move, minutes] of taken) {
      now += minutes * MINUTE_MS;
      clock = move(clock, now);
    }
    return { clock, now };
  }

  it('is explained by stretches that add up to its limit and extensions', () => {
    fc.assert(
      fc.property(limits, startMs, steps, (limit, fromMs, taken) => {
        const { clock, now } = led(limit, fromMs, taken);
        const { sum, counted, dueAt, ownDueAt, bound } = explained(clock, now);
        expect(sum).toEqual({ ...sum, countedMs: sum.limitMs + sum.extensionMs, adds: true });
        expect(dueAt).toBe(bound?.binds === true ? bound.at : ownDueAt);
        for (const period of counted) {
          if (period.days.length === 0) continue;
          expect(period.days.reduce((all, run) => all + run.ms, 0)).toBe(period.ms);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('counts open time only: each hour it names is open from its first to its last moment', () => {
    fc.assert(
      fc.property(limits, startMs, steps, (limit, fromMs, taken) => {
        const { clock, now } = led(limit, fromMs, taken);
        for (const run of explained(clock, now).counted.flatMap((period) => period.days)) {
          for (const { from, to } of run.hours) {
            const end = to === '24:00' ? '23:59' : to;
            expect(office.isOpen(Date.parse(`${run.from}T${from}+08:00`))).toBe(true);
            expect(office.isOpen(Date.parse(`${run.to}T${end}+08:00`) - 1)).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
