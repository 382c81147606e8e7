import {
  assigned,
  filed,
  filedInWest,
  people,
  places,
  received,
  reported,
  story,
} from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, dispatcher, supervisor } = people;

describe('assigning', () => {
  it('hands the case to the unit with the row’s limit on the unit’s calendar', () => {
    const told = filed()
      .when(dispatcher, 'assign', { unitId: 'roads' })
      .thenEmits('dispatch.assigned');
    expect(told.incident).toMatchObject({
      status: 'assigned',
      custodian: 'handling',
      assignment: {
        unitId: 'roads',
        centreId: '310110',
        by: 'dispatcher',
        suggestedBy: 'manholes',
      },
    });
    expect(told.incident.clocks.handle).toMatchObject({
      basis: 'standard:C01-02.1',
      calendar: 'field',
      dueAt: '2026-03-02T07:30:00.000Z',
    });
    expect(told.incident.clocks.dispatch).toMatchObject({ verdict: 'on-time' });
  });

  it('counts an office unit’s limit in office hours', () => {
    const { clocks } = filed().give(dispatcher, 'assign', { unitId: 'greening' }).incident;
    expect(clocks.handle?.dueAt).toBe('2026-03-02T07:00:00.000Z');
  });

  it('names no rule when the dispatcher chose another unit than was suggested', () => {
    const told = filed().give(dispatcher, 'assign', { unitId: 'greening' });
    expect(told.incident.assignment?.suggestedBy).toBeUndefined();
    expect(told.events.at(-1)?.data).toMatchObject({
      suggestedBy: 'none',
      overruled: [{ by: 'rule', unitId: 'roads', ruleId: 'manholes' }],
    });
    const followed = filed().give(dispatcher, 'assign', { unitId: 'roads' }).events.at(-1)?.data;
    expect(followed).toMatchObject({ suggestedBy: 'rule', suggestion: { ruleId: 'manholes' } });
    expect(followed).not.toHaveProperty('overruled');
  });

  it('sends assisting units along with their tasks', () => {
    filed()
      .when(dispatcher, 'assign', {
        unitId: 'roads',
        assists: [{ unitId: 'greening', task: '移树' }],
      })
      .thenState({ assignment: { assists: [{ unitId: 'greening', task: '移树' }] } });
  });

  it('refuses a unit nobody knows, one of another centre, and one named twice', () => {
    filed().when(dispatcher, 'assign', { unitId: 'nobody' }).thenRefused('UNIT_UNKNOWN');
    filed()
      .when(dispatcher, 'assign', { unitId: 'west-cleaning' })
      .thenRefused('UNIT_OF_ANOTHER_CENTRE');
    filed()
      .when(dispatcher, 'assign', { unitId: 'roads', assists: [{ unitId: 'roads' }] })
      .thenRefused('UNIT_TWICE');
    filed()
      .when(dispatcher, 'assign', { unitId: 'roads', assists: [{ unitId: 'nobody' }] })
      .thenRefused('UNIT_UNKNOWN');
  });

  it('keeps a complaint from the unit it is about, as lead and as assisting unit', () => {
    const complaint = story()
      .report({ against: { unitId: 'roads' } })
      .give(clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.2' });
    complaint.when(dispatcher, 'assign', { unitId: 'roads' }).thenRefused('UNIT_CONCERNED');
    const assists = [{ unitId: 'roads' }];
    complaint.when(dispatcher, 'assign', { unitId: 'duty', assists }).thenRefused('UNIT_CONCERNED');
    const other = complaint.give(dispatcher, 'assign', { unitId: 'duty' });
    other.when(people.roadsLeader, 'note', { text: '?' }).thenRefused('INCIDENT_NOT_FOUND');
  });

  it('is refused before filing and after it was done', () => {
    reported().when(dispatcher, 'assign', { unitId: 'roads' }).thenRefused('NOT_IN_CUSTODY');
    assigned().when(dispatcher, 'assign', { unitId: 'roads' }).thenRefused('NOT_IN_CUSTODY');
  });
});

describe('between the two levels', () => {
  const inEast = () => filed().give(dispatcher, 'pass-down', { centreId: '310110012' });

  it('passes down to the subdistrict whose ground it is, or to the one that is named', () => {
    filed()
      .when(dispatcher, 'pass-down')
      .thenState({ centreId: '310110019', level: 'subdistrict', ownerCentreId: '310110' });
    expect(inEast().incident.centreId).toBe('310110012');
  });

  it('ends the one level’s dispatch clock and starts the other’s', () => {
    const clock = filed().later(5).give(dispatcher, 'pass-down').incident.clocks.dispatch;
    expect(clock).toMatchObject({ startedAt: '2026-03-02T01:05:00.000Z', epoch: 2 });
  });

  it('cannot pass down what is down, nor to a place that is no subdistrict', () => {
    inEast().when(people.eastDispatcher, 'pass-down').thenRefused('LEVEL_WRONG');
    filed().when(dispatcher, 'pass-down', { centreId: '310110' }).thenRefused('CENTRE_UNKNOWN');
    const nowhere = story()
      .report({ location: places.outside })
      .give(clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.1' });
    nowhere.when(dispatcher, 'pass-down').thenRefused('CENTRE_UNKNOWN');
  });

  it('lets the subdistrict dispatch to its own units only', () => {
    inEast()
      .when(people.eastDispatcher, 'assign', { unitId: 'roads' })
      .thenRefused('UNIT_OF_ANOTHER_CENTRE');
    inEast()
      .when(people.eastDispatcher, 'assign', { unitId: 'east-cleaning' })
      .thenState({ status: 'assigned', assignment: { centreId: '310110012' } });
  });

  it('escalates with a kind of the list', () => {
    const west = filedInWest();
    west
      .when(people.westDispatcher, 'escalate', { kind: 'cross-department' })
      .thenEmits('dispatch.escalated')
      .whenNudged()
      .thenState({ centreId: '310110', level: 'district', ownerCentreId: '310110019' });
    west.when(people.westDispatcher, 'escalate', { kind: 'because' }).thenRefused('REASON_UNKNOWN');
    filed().when(dispatcher, 'escalate', { kind: 'cross-department' }).thenRefused('LEVEL_WRONG');
  });

  it('lets the district take a case up, and nobody else', () => {
    const west = filedInWest();
    west
      .when(dispatcher, 'take-up')
      .thenEmits('dispatch.taken-up')
      .whenNudged()
      .thenState({ level: 'district' });
    west.when(people.westDispatcher, 'take-up').thenRefused('DISTRICT_ONLY');
    west.when(people.eastDispatcher, 'take-up').thenRefused('INCIDENT_NOT_FOUND');
    filed().when(dispatcher, 'take-up').thenRefused('LEVEL_WRONG');
    const centreId = '310110012';
    west.when(dispatcher, 'take-up', { centreId }).thenRefused('CENTRE_WRONG');
    const up = { kind: 'cross-department', centreId } as const;
    west.when(people.westDispatcher, 'escalate', up).thenRefused('CENTRE_WRONG');
    west
      .when(people.westDispatcher, 'escalate', { ...up, centreId: '310110' })
      .thenEmits('dispatch.escalated');
  });

  it('keeps a subdistrict’s own case with it: the district sees, but does not dispatch', () => {
    filedInWest()
      .when(dispatcher, 'assign', { unitId: 'west-cleaning' })
      .thenRefused('NOT_PERMITTED');
    filedInWest().when(dispatcher, 'pass-down').thenRefused('NOT_PERMITTED');
  });
});

describe('cancelling', () => {
  const requested = () => filed().give(dispatcher, 'cancel', { reasonCode: 'misreport' });

  it('is applied for by the dispatcher and agreed to by the district’s shift supervisor', () => {
    filed()
      .when(dispatcher, 'cancel', { reasonCode: 'misreport' })
      .thenEmits('dispatch.cancel-requested')
      .whenNudged()
      .thenState({ status: 'to-dispatch', requests: [{ act: 'cancel', by: 'dispatcher' }] });
    requested()
      .when(supervisor, 'decide-cancel', { decision: 'grant' })
      .thenEmits('dispatch.cancel-decided', 'dispatch.cancelled', 'archive.evaluated')
      .whenNudged()
      .thenState({ status: 'cancelled', outcome: 'cancelled', requests: [] });
  });

  it('is decided at once by who stands at the end of the chain', () => {
    const told = filed()
      .when(supervisor, 'cancel', { reasonCode: 'misreport' })
      .thenState({ status: 'cancelled' });
    const cancelled = told.events.find((e) => e.type === 'dispatch.cancelled');
    expect(cancelled?.data).toMatchObject({ reasonCode: 'misreport', validity: 'invalid' });
  });

  it('cannot be decided by a subdistrict’s supervisor, whose word is an application', () => {
    filedInWest()
      .when(people.westSupervisor, 'cancel', { reasonCode: 'misreport' })
      .thenEmits('dispatch.cancel-requested')
      .when(supervisor, 'decide-cancel', { decision: 'grant' })
      .thenState({ status: 'cancelled' });
  });

  it('is applied for once, with a reason of the list, and void when the case is assigned', () => {
    requested()
      .when(dispatcher, 'cancel', { reasonCode: 'misreport' })
      .thenRefused('APPLICATION_PENDING');
    filed().when(dispatcher, 'cancel', { reasonCode: 'mood' }).thenRefused('REASON_UNKNOWN');
    requested().when(dispatcher, 'assign', { unitId: 'roads' }).thenState({ requests: [] });
  });

  it('never leaves a pause behind that would ring later', () => {
    const cancelled = received()
      .give(people.roadsLeader, 'return', { reasonCode: 'not-our-duty' })
      .give(supervisor, 'cancel', { reasonCode: 'misreport' });
    expect(cancelled.incident.pauses).toMatchObject([{ endedAt: '2026-03-02T01:00:00.000Z' }]);
    cancelled
      .later(8 * 24 * 60)
      .whenNudged()
      .thenEmits('archive.archived');
  });
});
