import { describe, expect, it } from 'vitest';
import { plantable } from './sim-plant.ts';
import { simulate } from './simulate.ts';

const BLOCK = 50;
const blocks = [1, 51, 101, 151, 201];

/** Sentences about what went wrong, each with the command that plays it again. */
async function faultsOf(first: number): Promise<string[]> {
  const faults: string[] = [];
  for (let seed = first; seed < first + BLOCK; seed++) {
    const { violations } = await simulate(seed);
    for (const violation of violations) faults.push(`npm run sim -- --seed ${seed}: ${violation}`);
  }
  return faults;
}

describe('the simulated district', () => {
  it.each(blocks)(
    'holds what it promises under fifty seeds from %i on',
    async (first) => {
      expect(await faultsOf(first)).toEqual([]);
    },
    30_000,
  );

  it('does all there is to do: people are served and refused, services die, cases come to their end', async () => {
    const runs = [await simulate(7), await simulate(8), await simulate(9)];
    const all = (fact: 'crashes' | 'done' | 'refused') =>
      runs.reduce((sum, { facts }) => sum + facts[fact], 0);
    expect(all('crashes')).toBeGreaterThan(0);
    expect(all('done')).toBeGreaterThan(5);
    expect(all('refused')).toBeGreaterThan(0);
    const trace = runs.flatMap((run) => run.trace);
    expect(trace.some((line) => line.includes('archive.archived'))).toBe(true);
  });

  it('plays the same story for the same seed, another one for another', async () => {
    const first = await simulate(42);
    await simulate(43);
    const again = await simulate(42);
    expect(again.trace).toEqual(first.trace);
    expect(again.fingerprint).toBe(first.fingerprint);
    expect((await simulate(43)).fingerprint).not.toBe(first.fingerprint);
  });
});

describe('a planted mistake', () => {
  it.each(plantable)(
    'is found: %s',
    async (planted) => {
      for (let seed = 1; seed <= 40; seed++) {
        if ((await simulate(seed, planted)).violations.length > 0) return;
      }
      expect.unreachable(`forty seeds have not noticed that ${planted}`);
    },
    30_000,
  );
});
