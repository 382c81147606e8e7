import { people, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, dispatcher, supervisor } = people;
const WEST = '310110019';
const row = { categoryCode: 'C01-02', standardId: 'C01-02.1' };
const about = (centreId: string, by = people.westSeat) =>
  story().report({ categoryCode: 'C01-02', against: { centreId } }, by);

describe('a complaint about a centre (回避)', () => {
  it('goes to the district at whatever door it came in, and never back', () => {
    const told = about(WEST);
    expect(told.incident).toMatchObject({
      centreId: '310110',
      ownerCentreId: '310110',
      level: 'district',
    });
    told.when(people.westClerk, 'file', row).thenRefused('INCIDENT_NOT_FOUND');
    told.when(clerk, 'transfer', { centreId: WEST }).thenRefused('CENTRE_CONCERNED');
    const filed = told.give(clerk, 'file', row);
    filed.when(dispatcher, 'pass-down').thenRefused('CENTRE_CONCERNED');
    filed.when(dispatcher, 'pass-down', { centreId: WEST }).thenRefused('CENTRE_CONCERNED');
    const east = filed.give(dispatcher, 'pass-down', { centreId: '310110012' });
    east.when(people.eastDispatcher, 'assign', { unitId: 'east-office' }).thenState({
      status: 'assigned',
    });
  });

  it('is for none of its units, by hand, as assistance, by ruling or by rule', () => {
    const filed = about(WEST).give(clerk, 'file', row);
    const assists = [{ unitId: 'west-cleaning' }];
    const assign = { unitId: 'roads', assists };
    filed.when(dispatcher, 'assign', assign).thenRefused('UNIT_CONCERNED');
    const back = filed
      .give(dispatcher, 'assign', { unitId: 'roads' })
      .give(people.roadsLeader, 'return', { reasonCode: 'not-our-duty' });
    const ruling = {
      ruling: 'reassign',
      unitId: 'west-office',
      fault: 'misdispatch',
    } as const;
    back.when(supervisor, 'rule-return', ruling).thenRefused('UNIT_CONCERNED');
    story()
      .whenReported({ categoryCode: 'E05-02', against: { centreId: '310110' } }, people.westGrid)
      .thenEmits('intake.reported', 'intake.filed');
  });

  it('about the district is not moved up to it', () => {
    const told = about('310110', people.westClerk).give(people.westClerk, 'file', row);
    const kind = 'cross-department';
    told.when(people.westDispatcher, 'escalate', { kind }).thenRefused('CENTRE_CONCERNED');
    told.when(dispatcher, 'take-up').thenRefused('INCIDENT_NOT_FOUND');
  });
});
