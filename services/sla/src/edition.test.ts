import { PackEscalation } from '@cityloop/contracts';
import { testPack } from '@cityloop/testing';
import { expect, it } from 'vitest';
import { editionOf } from './edition.ts';

it('is another when the ladders or the calendars are, and else the same', () => {
  const own = editionOf(testPack);
  const calendars = { ...testPack.calendars, other: {} } as typeof testPack.calendars;
  const rung = { id: 'late', at: { mark: 'red' }, to: [{ role: 'leader', of: 'upper' }] };
  const escalation = PackEscalation.parse({
    ladders: [{ id: 'another', clocks: ['handle'], rungs: [rung] }],
    catchUp: '5分钟',
    notices: { bundle: '1分钟' },
  });
  expect(editionOf({ ...testPack, calendars })).not.toBe(own);
  expect(editionOf({ ...testPack, escalation })).not.toBe(own);
  expect(editionOf({ ...structuredClone(testPack), people: [] } as typeof testPack)).toBe(own);
});
