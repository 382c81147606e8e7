import { describe, expect, it } from 'vitest';
import { kinds } from './kinds.ts';
import { faultText, planFaults, type Targets } from './plan.ts';

const targets: Targets = {
  process: ['gateway-1', 'intake-1', 'intake-2', 'dispatch-1', 'dispatch-2'],
  broker: ['broker-1', 'broker-2', 'broker-3'],
  redis: ['redis'],
  postgres: ['postgres'],
  link: ['link:broker-1', 'link:redis', 'link:postgres'],
  stage: ['intake', 'dispatch'],
  cluster: ['cluster'],
  groups: ['groups'],
  build: ['cluster'],
  clock: ['dispatch-2'],
};
const plan = (seed: number, minutes = 10) => planFaults({ seed, minutes, targets });

describe('the plan of a run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(plan(7)).toEqual(plan(7));
    expect(plan(7).map(faultText)).not.toEqual(plan(8).map(faultText));
  });

  it('has a hundred faults and more in ten minutes, of every kind', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const faults = plan(seed);
      expect(faults.length, `seed ${seed}`).toBeGreaterThanOrEqual(100);
      // Beside an upgrade, which is three of them, there may be no time for another rolling restart.
      const dealt = new Set<string>([...faults.map(({ kind }) => kind), 'rolling-restart']);
      expect([...dealt].toSorted()).toEqual(Object.keys(kinds).toSorted());
      expect(faults.filter(({ kind }) => kind === 'upgrade')).toHaveLength(1);
    }
  });

  it('leaves out what there is nothing to do it to', () => {
    const faults = planFaults({
      seed: 1,
      minutes: 10,
      targets: { ...targets, clock: [], broker: [] },
    });
    expect(faults.filter(({ kind }) => /clock|broker/.test(kind))).toEqual([]);
  });

  it('heals everything before its end, and harms no target twice at once', () => {
    for (const minutes of [2, 10]) {
      const faults = plan(3, minutes);
      for (const { atMs, forMs } of faults) expect(atMs + forMs).toBeLessThan(minutes * 60_000);
      for (const [n, one] of faults.entries()) {
        const rest = faults.slice(n + 1).filter(({ target }) => target === one.target);
        for (const other of rest) expect(other.atMs).toBeGreaterThan(one.atMs + one.forMs);
      }
    }
  });

  it('has long faults where there is time for them, and short ones mostly', () => {
    const lengths = plan(2).map(({ forMs }) => forMs);
    expect(Math.max(...lengths)).toBeGreaterThan(15_000);
    expect(lengths.filter((ms) => ms < 7_000).length).toBeGreaterThan(lengths.length * 0.7);
    expect(Math.max(...plan(2, 2).map(({ forMs }) => forMs))).toBeLessThan(13_000);
  });
});
