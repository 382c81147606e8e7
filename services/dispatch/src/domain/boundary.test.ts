import { people, places, received, returned, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, dispatcher, supervisor } = people;
const row = { categoryCode: 'C01-02', standardId: 'C01-02.1' };
const WEST = '310110019';
const EAST = '310110012';
const onBoundary = (by = clerk, given: object = {}) =>
  story()
    .report({ categoryCode: 'C01-02', location: { ...places.boundary, ...given } }, by)
    .give(by, 'file', row);

describe('a place on a boundary', () => {
  it('is the ground of whom the district passes it down to, and nobody else sees it', () => {
    const told = onBoundary();
    told.when(dispatcher, 'pass-down').thenRefused('CENTRE_UNKNOWN');
    const ruled = told
      .when(dispatcher, 'pass-down', { centreId: WEST })
      .thenEmits('dispatch.passed-down');
    expect(ruled.incident.ground).toEqual({ subdistrict: WEST });
    const read = (by: typeof clerk) => ruled.when(by, 'note', { text: '看过' });
    read(people.westClerk).thenEmits('dispatch.noted');
    read(people.eastClerk).thenRefused('INCIDENT_NOT_FOUND');
  });

  it('keeps the grid that came with it when that lies in the ground it is found to be', () => {
    const gridCode = '310110019001001';
    const ruled = (centreId: string) =>
      onBoundary(clerk, { gridCode }).give(dispatcher, 'pass-down', { centreId }).incident.ground;
    expect(ruled(WEST)).toMatchObject({ grid: gridCode, gridWorkerId: 'west-grid' });
    expect(ruled(EAST)).toEqual({ subdistrict: EAST });
  });

  it('is the first receiver’s to work on until then, and still open when it is taken up', () => {
    const told = onBoundary(people.westClerk);
    told
      .when(people.westDispatcher, 'assign', { unitId: 'west-cleaning' })
      .thenState({ status: 'assigned', ground: { disputed: [EAST, WEST] } });
    const up = told.give(dispatcher, 'take-up');
    expect(up.incident.ground.disputed).toEqual([EAST, WEST]);
    const { ground } = up.give(dispatcher, 'pass-down', { centreId: EAST }).incident;
    expect(ground).toEqual({ subdistrict: EAST });
  });

  it('is decided too when the district rules on a return for a unit of a subdistrict', () => {
    let told = onBoundary().give(dispatcher, 'assign', { unitId: 'roads' });
    for (const ruler of [supervisor, people.otherSupervisor]) {
      told = returned(received(told)).give(ruler, 'rule-return', {
        ruling: 'send-back',
        fault: 'shirking',
      });
    }
    const ruled = returned(received(told)).give(supervisor, 'rule-return', {
      fault: 'misdispatch',
      ruling: 'reassign',
      unitId: 'east-cleaning',
    });
    expect(ruled.incident).toMatchObject({ centreId: EAST, ground: { subdistrict: EAST } });
    expect(ruled.incident.ground.disputed).toBeUndefined();
  });

  it('stays what it is when an undisputed case is passed down elsewhere', () => {
    const told = story().report({ categoryCode: 'C01-02' }).give(clerk, 'file', row);
    const { ground } = told.give(dispatcher, 'pass-down', { centreId: EAST }).incident;
    expect(ground.subdistrict).toBe(WEST);
  });
});
