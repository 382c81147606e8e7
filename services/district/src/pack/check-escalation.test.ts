import { fileURLToPath } from 'node:url';
import { DistrictPack, PackEscalation } from '@cityloop/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkEscalation } from './check-escalation.ts';
import { loadPack } from './load.ts';
import type { PackProblem } from './problem.ts';

let shipped: DistrictPack;

beforeAll(async () => {
  shipped = await loadPack(
    fileURLToPath(new URL('../../../../infra/packs/yangpu', import.meta.url)),
  );
});

const rung = {
  id: 'late',
  at: { mark: 'red' },
  to: [{ role: 'unit-leader', of: 'unit' }],
};
const sound = {
  ladders: [{ id: 'unit', clocks: ['handle'], rungs: [rung] }],
  catchUp: '10分钟',
  notices: { bundle: '1分钟' },
};

function problemsOf(escalation: object): string[] {
  const pack: DistrictPack = { ...shipped, escalation: PackEscalation.parse(escalation) };
  const problems: PackProblem[] = [];
  checkEscalation(pack, problems);
  return problems.map(({ path }) => path.join('.'));
}

const withRung = (change: object, clocks = ['handle']) => ({
  ...sound,
  ladders: [{ id: 'unit', clocks, rungs: [{ ...rung, ...change }] }],
});

describe('the check of the ladders', () => {
  it('finds nothing wrong with a sound one', () => {
    expect(problemsOf(sound)).toEqual([]);
  });

  it.each([
    ['a doubled ladder', { ...sound, ladders: [...sound.ladders, ...sound.ladders] }, 'ladders.1'],
    [
      'a ladder nobody ever comes to',
      { ...sound, ladders: [...sound.ladders, { ...sound.ladders[0], id: 'x' }] },
      'ladders.1.clocks',
    ],
    [
      'a doubled rung',
      { ...sound, ladders: [{ ...sound.ladders[0], rungs: [rung, rung] }] },
      'ladders.0.rungs.1',
    ],
    [
      'an unknown category',
      { ...sound, ladders: [{ ...sound.ladders[0], when: { categories: ['E99'] } }] },
      'ladders.0.when.categories.0',
    ],
    [
      'a unit’s leader looked for at a centre',
      withRung({ to: [{ role: 'unit-leader', of: 'centre' }] }),
      'ladders.0.rungs.0.to.0',
    ],
    [
      'nobody’s role',
      withRung({ to: [{ role: 'system', of: 'centre' }] }),
      'ladders.0.rungs.0.to.0.role',
    ],
    [
      'a unit told of a centre’s clock',
      withRung({}, ['handle', 'verify']),
      'ladders.0.rungs.0.to.0.of',
    ],
    [
      'a 督办 before anything is late',
      withRung({
        at: { mark: 'amber' },
        supervise: { by: 'upper', requirement: 'x', reply: '4工作时' },
      }),
      'ladders.0.rungs.0.supervise',
    ],
    ['a wait in working time', { ...sound, catchUp: '1工作时' }, 'catchUp'],
  ])('finds %s', (_what, escalation, path) => {
    expect(problemsOf(escalation).some((found) => found.startsWith(path))).toBe(true);
  });

  it('takes a policy without the section for one that escalates nothing', () => {
    const { escalation: _escalation, ...before } = shipped;
    expect(DistrictPack.parse(before).escalation.ladders).toEqual([]);
  });
});
