import { fileURLToPath } from 'node:url';
import { type DistrictPack, PackMode } from '@cityloop/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkPack } from './check-pack.ts';
import { loadPack } from './load.ts';

let pack: DistrictPack;

beforeAll(async () => {
  pack = await loadPack(fileURLToPath(new URL('../../../../infra/packs/yangpu', import.meta.url)));
});

/** What is wrong when a mode like this stands in the pack, as paths within it. */
function wrongIn(rest: object): string[] {
  const mode = PackMode.parse({
    id: 'm',
    name: '测试',
    scope: 'district',
    openClocks: 'keep',
    longest: '1自然日',
    propose: { roles: ['shift-supervisor'] },
    approve: { roles: ['leader'] },
    limits: [{ id: 'x', clocks: ['handle'], factor: 0.5 }],
    ...rest,
  });
  return checkPack({ ...pack, modes: [mode] }).map(({ path }) => path.slice(1).join('.'));
}

describe('modes of a pack', () => {
  it('are shipped with the demo, labelled as invented', () => {
    expect(pack.modes.map(({ id, openClocks }) => [id, openClocks])).toEqual([
      ['flood-3', 'replan'],
      ['event-guard', 'keep'],
    ]);
    for (const { name } of pack.modes) expect(name).toContain('演示');
    expect(wrongIn({})).toEqual([]);
  });

  const faults: readonly (readonly [string, object, string])[] = [
    ['change nothing', { limits: [] }, ''],
    ['are as long as an office is open', { longest: '3工作日' }, 'longest'],
    [
      'name a category that is not there',
      { limits: [{ id: 'x', clocks: ['handle'], when: { categories: ['E99'] }, factor: 2 }] },
      'limits.0.when.categories.0',
    ],
    [
      'name a standard row that is not there',
      { limits: [{ id: 'x', clocks: ['handle'], when: { standards: ['none'] }, factor: 2 }] },
      'limits.0.when.standards.0',
    ],
    [
      'have a row nobody comes to',
      {
        limits: [
          { id: 'x', clocks: ['handle', 'dispatch'], factor: 2 },
          { id: 'y', clocks: ['handle'], when: { kind: 'event' }, factor: 3 },
        ],
      },
      'limits.1.id',
    ],
    [
      'route to nobody',
      {
        // biome-ignore lint/suspicious/noThenProperty: the word of the pack; never awaited
        routing: [{ id: 'r', when: {}, then: { level: 'district', unitId: 'x' }, reason: '…' }],
      },
      'routing.0.then.unitId',
    ],
    [
      'escalate to nobody',
      {
        ladders: [
          {
            id: 'l',
            clocks: ['handle'],
            rungs: [{ id: 'r', at: { mark: 'red' }, to: [{ role: 'citizen', of: 'centre' }] }],
          },
        ],
      },
      'ladders.0.rungs.0.to.0.role',
    ],
    ['nobody may propose', { propose: { roles: ['admin'], level: 'district' } }, 'propose.roles'],
    [
      'one person alone proposes and approves',
      {
        propose: { roles: ['leader'], level: 'district' },
        approve: { roles: ['leader'], level: 'district' },
      },
      'approve.roles',
    ],
  ];

  it.each(faults)('are refused where they %s', (_name, rest, path) => {
    expect(wrongIn(rest)).toContain(path);
  });

  it('say a factor or a limit, not both', () => {
    const row = { id: 'x', clocks: ['handle'] };
    const parse = (more: object) => PackMode.shape.limits.safeParse([{ ...row, ...more }]).success;
    expect(parse({ factor: 2 })).toBe(true);
    expect(parse({ limit: '2工作时' })).toBe(true);
    expect(parse({})).toBe(false);
    expect(parse({ factor: 2, limit: '2工作时' })).toBe(false);
  });
});
