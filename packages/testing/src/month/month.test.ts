import { createOracle, type ToldEvent } from '@cityloop/clock-oracle';
import { describe, expect, it } from 'vitest';
import { playMonth } from './month.ts';
import { planted } from './planted.ts';
import { published } from './year.ts';

const INCIDENTS = 600;

const histories: { readonly events: readonly ToldEvent[]; readonly endMs: number }[] = [];
const month = await playMonth({
  seed: 1,
  incidents: INCIDENTS,
  onHistory: (events, endMs) => histories.push({ events, endMs }),
});

describe('a month of a district on a virtual clock', () => {
  it('agrees with plain arithmetic on every deadline, mark, verdict and split of time', () => {
    expect(month.disagreements).toEqual([]);
    expect(month.bugs).toEqual([]);
    expect(month.tally.incidents).toBe(INCIDENTS);
  });

  it('has all in it that moves a clock', () => {
    const { amber, red, pauses, extensions, reworks, replans, verdicts, attributions } =
      month.tally;
    const counts = [amber, red, pauses, extensions, reworks, replans, verdicts, attributions];
    for (const count of counts) {
      expect(count).toBeGreaterThan(20);
    }
    const needed = [
      'handling.returned',
      'dispatch.return-ruled',
      'archive.reopened',
      'intake.merged',
    ];
    for (const type of needed) expect(month.types.get(type), type).toBeGreaterThan(2);
  });

  it('settles behind an outage of 36 hours what came due in it, and records nothing while it lasts', () => {
    const marks = histories
      .flatMap(({ events }) => events)
      .filter(({ type }) => /\.clock-(warned|overdue)$/.test(type));
    const [from, to] = ['2026-12-28T12:00:00.000Z', '2026-12-30T00:00:00.000Z'];
    expect(marks.filter((e) => e.recordedAt >= from && e.recordedAt < to)).toEqual([]);
    const missed = marks.filter((e) => e.occurredAt >= from && e.occurredAt < to);
    expect(missed.length).toBeGreaterThan(0);
    for (const { recordedAt } of missed) expect(recordedAt < '2026-12-30T00:00:03.000Z').toBe(true);
  });
});

describe('a mistake planted in the history', () => {
  it.each(Object.entries(planted))('is found by the oracle: %s', (_name, plant) => {
    const oracle = createOracle(plant.published ?? published);
    let changed = 0;
    let found = 0;
    for (const { events, endMs } of histories) {
      const after = plant.change?.(events) ?? events;
      if (after !== events) changed += 1;
      const faults = oracle.judge(after, endMs);
      found += faults.length;
      if (after !== events) expect(faults, 'a history with the mistake in it').not.toEqual([]);
    }
    expect(found).toBeGreaterThan(0);
    if (plant.change !== undefined) expect(changed).toBeGreaterThan(0);
  });
});
