import type { Incident, Subject } from '@cityloop/contracts';
import { expect, it } from 'vitest';
import type { Loop } from './loop.ts';
import { isVisible } from './visibility.ts';

const ID = '00000000-0000-7000-8000-000000000001';
const member: Subject = {
  ...{ id: 'm', name: 'm', roles: ['unit-member'], area: '310110', unitId: 'roads' },
};
const reported = {
  ...{ ground: {}, ownerCentreId: '310110', centreId: '310110', level: 'district' },
  ...{ handlingUnits: [], discoveredBy: { id: 'somebody' } },
};
// Only what decides who may see it.
const assigned = { ...reported, assignment: { unitId: 'roads' } } as unknown as Incident;

/** Dispatch has handed it to handling, which has not taken it yet; the picture knows of neither. */
function inTransit(pictured: object | undefined): Loop {
  const stage = (whereabouts: object | undefined, handedOver?: object) => ({
    whereabouts: async () => whereabouts,
    handedOver: async () => handedOver,
  });
  return {
    stages: {
      intake: stage({ version: 2, custodian: 'dispatch' }),
      dispatch: stage({ version: 3, custodian: 'handling' }, assigned),
      handling: stage(undefined),
    },
    picture: { get: async () => pictured },
  } as unknown as Loop; // what is looked at
}

it('sees an incident on its way as it was handed over, however far behind the picture is', async () => {
  const behind = { custodian: 'intake', scope: reported };
  expect(await isVisible(inTransit(behind), member, ID)).toBe(true);
  expect(await isVisible(inTransit(undefined), member, ID)).toBe(true);
  expect(await isVisible(inTransit(behind), { ...member, unitId: 'parks' }, ID)).toBe(false);
});

it('sees one that comes back to where it was as it was handed over last', async () => {
  const loop = inTransit({ custodian: 'dispatch', scope: reported });
  // Handling returned it as version 3; dispatch has ruled and assigned it to another unit since.
  Object.assign(loop.stages, {
    handling: {
      whereabouts: async () => ({ version: 3, custodian: 'dispatch' }),
      handedOver: async () => reported,
    },
    dispatch: {
      whereabouts: async () => ({ version: 4, custodian: 'handling' }),
      handedOver: async () => assigned,
    },
  });
  expect(await isVisible(loop, member, ID)).toBe(true);
});
