import { describe, expect, it } from 'vitest';
import { closed, filedInWest, people } from './index.ts';

describe('the loop', () => {
  it('runs a case of the district from its report to the archive', () => {
    const told = closed().later(7 * 24 * 60);
    told.whenNudged().thenEmits('archive.archived').whenNudged().thenEmits();
    expect(told.types).toEqual([
      'intake.reported',
      'intake.filed',
      'dispatch.assigned',
      'handling.received',
      'handling.finished',
      'handling.confirmed',
      'verification.checked',
      'verification.closed',
      'archive.evaluated',
    ]);
  });

  it('runs a case of a subdistrict without the district', () => {
    filedInWest()
      .give(people.westDispatcher, 'assign', { unitId: 'west-cleaning' })
      .give(people.westCleaningMember, 'receive')
      .give(people.westCleaningMember, 'finish', { result: 'resolved', attachments: ['p'] })
      .give(people.westCleaningLeader, 'confirm')
      .when(people.westVerifier, 'check', { outcome: 'pass' })
      .thenEmits('verification.checked', 'verification.closed', 'archive.evaluated')
      .whenNudged()
      .thenState({ status: 'closed', level: 'subdistrict', ownerCentreId: '310110019' });
  });
});
