import type { Clock } from '@cityloop/calendar';
import { PackLadder } from '@cityloop/contracts';
import { testPolicy } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { climb, rungsOf, type Standing } from './ladder.ts';

const office = testPolicy().calendar('office');

const ladder = PackLadder.parse({
  id: 'unit',
  clocks: ['handle'],
  rungs: [
    { id: 'leader', at: { percent: 200 }, to: [{ role: 'leader', of: 'upper' }] },
    { id: 'warn', at: { mark: 'amber' }, to: [{ role: 'unit-leader', of: 'unit' }] },
    { id: 'late', at: { mark: 'red' }, to: [{ role: 'unit-leader', of: 'unit' }] },
    { id: 'centre', at: { percent: 150 }, to: [{ role: 'shift-supervisor', of: 'centre' }] },
    { id: 'night', at: { after: '2紧急工作时' }, to: [{ role: 'leader', of: 'upper' }] },
    { id: 'daily', at: { every: '1工作日', most: 2 }, to: [{ role: 'leader', of: 'upper' }] },
  ],
});

/** 4 working hours from Friday 2026-06-05 11:00 in Shanghai, lunch 12:00–14:00: due at 17:00. */
const due = '2026-06-05T09:00:00.000Z';
const running: Clock = {
  epoch: 1,
  limit: { amount: 4, unit: 'work-hour' },
  calendar: 'office',
  revision: 1,
  basis: 'standard:x',
  startedAt: '2026-06-05T03:00:00.000Z',
  firstDueAt: due,
  dueAt: due,
};
const amber = { ...running, amberAt: '2026-06-05T08:12:00.000Z' };
const red = { ...amber, redAt: due };
const at = (text: string): number => Date.parse(text);
const inShanghai = (ms: number): string => new Date(ms + 28_800_000).toISOString().slice(5, 16);

describe('the rungs of a ladder', () => {
  it('are counted on the clock’s calendar from the red mark on, and stand in due order', () => {
    const told = rungsOf(ladder, red, office).map(({ id, dueMs }) => [id, inShanghai(dueMs)]);
    expect(told).toEqual([
      ['warn', '06-05T16:12'],
      ['late', '06-05T17:00'],
      ['night', '06-05T19:00'],
      ['centre', '06-08T09:00'],
      ['leader', '06-08T11:00'],
      ['daily#1', '06-08T17:00'],
      ['daily#2', '06-09T17:00'],
    ]);
  });

  it('run on wall time for an urgent limit, extensions counted in', () => {
    const urgent: Clock = {
      ...red,
      limit: { amount: 2, unit: 'urgent-hour' },
      extensions: [{ from: due, to: due, ms: 7_200_000 }],
    };
    const centre = rungsOf(ladder, urgent, office).find(({ id }) => id === 'centre');
    expect(inShanghai(centre?.dueMs ?? 0)).toBe('06-05T19:00');
  });

  it('are none beyond red before the mark is recorded', () => {
    expect(rungsOf(ladder, amber, office).map(({ id }) => id)).toEqual(['warn']);
    expect(rungsOf(ladder, running, office)).toEqual([]);
  });
});

describe('climbing', () => {
  const ids = (clock: Clock, now: string, before?: Standing) => {
    const climbed = climb(before, clock, ladder, office, at(now));
    return climbed?.reached.map(({ id }) => id);
  };

  it('tells of each rung once, and knows when the next is due', () => {
    const first = climb(undefined, red, ladder, office, at(due));
    expect(first?.reached.map(({ id }) => id)).toEqual(['warn', 'late']);
    expect(inShanghai(first?.nextMs ?? 0)).toBe('06-05T19:00');
    expect(ids(red, due, first?.standing)).toEqual([]);
    expect(ids(red, '2026-06-05T11:00:00.000Z', first?.standing)).toEqual(['night']);
  });

  it('has all that fell due in a night without power at once, in due order', () => {
    expect(ids(red, '2026-06-08T02:00:00.000Z')).toEqual(['warn', 'late', 'night', 'centre']);
  });

  it('ends when the last rung is told', () => {
    const all = climb(undefined, red, ladder, office, at('2026-07-01T00:00:00.000Z'));
    expect(all?.reached).toHaveLength(7);
    expect(all?.nextMs).toBeUndefined();
  });

  it('begins anew when the due instant was set anew, and is void when the clock has stopped', () => {
    const before = climb(undefined, red, ladder, office, at(due))?.standing;
    const extended = { ...amber, epoch: 2, dueAt: '2026-06-08T09:00:00.000Z' };
    expect(ids(extended, due, before)).toEqual(['warn']);
    const stopped: Clock = { ...red, stoppedAt: due, verdict: 'on-time' };
    expect(climb(before, stopped, ladder, office, at(due))).toBeUndefined();
  });

  it('goes on where it was when a pause left the lateness as it was', () => {
    const before = climb(undefined, red, ladder, office, at(due))?.standing;
    const paused: Clock = { ...red, pausedAt: '2026-06-05T10:00:00.000Z', remainingMs: 0 };
    const standing = climb(before, paused, ladder, office, at('2026-06-09T00:00:00.000Z'));
    expect([standing?.reached, standing?.nextMs]).toEqual([[], undefined]);
    const resumed = { ...red, epoch: 2 };
    const after = climb(
      standing?.standing,
      resumed,
      ladder,
      office,
      at('2026-06-05T11:00:00.000Z'),
    );
    expect(after?.reached.map(({ id }) => id)).toEqual(['night']);
    expect(after?.standing.epoch).toBe(2);
  });
});
