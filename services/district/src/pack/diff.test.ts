import { fileURLToPath } from 'node:url';
import type { DistrictPack } from '@cityloop/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffPacks, formatPackDiff } from './diff.ts';
import { loadPack } from './load.ts';

let pack: DistrictPack;

beforeAll(async () => {
  pack = await loadPack(fileURLToPath(new URL('../../../../infra/packs/la-311', import.meta.url)));
});

describe('diffPacks', () => {
  it('finds nothing between equal packs', () => {
    expect(diffPacks(pack, structuredClone(pack))).toEqual([]);
    expect(formatPackDiff([])).toContain('没有变化');
  });

  it('names what came, went and changed by its id', () => {
    const [one, two, ...others] = pack.units;
    if (one === undefined || two === undefined) throw new Error('the pack has units');
    const after = {
      ...pack,
      units: [{ ...one, name: 'renamed' }, { ...two, id: 'new' }, ...others],
    };
    const diff = diffPacks(pack, after);
    expect(diff).toEqual([
      { section: 'units', added: ['new'], removed: ['ocb'], changed: ['bos'] },
    ]);
    expect(formatPackDiff(diff)).toBe('units\n  + new\n  - ocb\n  ~ bos');
  });

  it('goes into sections that are no lists', () => {
    const after = {
      ...pack,
      settings: { ...pack.settings, extensions: { max: 3 } },
      reasons: { ...pack.reasons, recall: [{ code: 'x', text: 'x' }] },
    };
    expect(diffPacks(pack, after)).toMatchObject([
      { section: 'reasons', changed: ['recall'] },
      { section: 'settings', changed: ['extensions'] },
    ]);
  });

  it('takes a routing row that moved for a change, since the first that fits counts', () => {
    const [one, two, ...others] = pack.routing;
    if (one === undefined || two === undefined) throw new Error('the pack has routing rows');
    expect(diffPacks(pack, { ...pack, routing: [two, one, ...others] })).toEqual([
      { section: 'routing', added: [], removed: [], changed: [two.id, one.id] },
    ]);
  });

  it('takes a chain of approvals that moved or stands on another condition for a change', () => {
    const [one, two, ...others] = pack.approvals;
    if (one === undefined || two === undefined) throw new Error('the pack has chains');
    const moved = diffPacks(pack, { ...pack, approvals: [two, one, ...others] });
    expect(moved).toMatchObject([{ section: 'approvals', added: [], removed: [] }]);
    expect(moved[0]?.changed).toHaveLength(2);
    const later = { ...one, when: { earlier: 2 } };
    expect(diffPacks(pack, { ...pack, approvals: [later, two, ...others] })).toEqual([
      {
        section: 'approvals',
        added: ['extension {"earlier":2}'],
        removed: ['extension {}'],
        changed: [],
      },
    ]);
  });
});
