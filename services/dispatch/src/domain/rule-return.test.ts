import { assigned, filed, people, received, returned, type Story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { dispatcher, otherDispatcher, supervisor, otherSupervisor } = people;
const reassign = (unitId?: string) => ({
  ruling: 'reassign' as const,
  fault: 'misdispatch',
  ...(unitId === undefined ? {} : { unitId }),
});
const sendBack = { ruling: 'send-back' as const, fault: 'shirking' };
const giveBack = { reasonCode: 'not-our-duty' };

const second = (by = dispatcher): Story =>
  returned()
    .give(by, 'rule-return', reassign('greening'))
    .give(people.greeningLeader, 'return', giveBack);
const third = (): Story =>
  second()
    .give(supervisor, 'rule-return', reassign('gas'))
    .give(people.gasLeader, 'return', giveBack);

describe('the first return', () => {
  it('comes back to dispatch with who, why and what they propose', () => {
    expect(returned().incident).toMatchObject({
      status: 'to-rule',
      custodian: 'dispatch',
      counters: { returns: 1 },
      lastReturn: {
        unitId: 'roads',
        by: 'roads-leader',
        reasonCode: 'not-our-duty',
        dispatchedBy: 'dispatcher',
      },
    });
    expect(returned().incident.assignment).toBeUndefined();
  });

  it('may be accepted by the dispatcher, who names another unit', () => {
    const told = returned()
      .when(dispatcher, 'rule-return', reassign('greening'))
      .thenEmits('dispatch.return-ruled', 'dispatch.assigned');
    expect(told.events.at(-2)?.data).toMatchObject({
      ruling: 'reassign',
      fault: 'misdispatch',
      ruledAt: 'dispatcher',
      returnsSoFar: 1,
    });
    expect(told.events.at(-1)?.data).toMatchObject({
      unitId: 'greening',
      lostBecause: 'not-our-duty',
    });
    expect(told.incident.clocks.handle).toMatchObject({ startedAt: '2026-03-02T01:00:00.000Z' });
  });

  it('records whether the proposal of the unit, or of the rule, was followed', () => {
    const proposing = received().give(people.roadsLeader, 'return', {
      ...giveBack,
      suggestedUnitId: 'gas',
    });
    const followed = proposing.give(dispatcher, 'rule-return', reassign('gas'));
    expect(followed.events.at(-1)?.data).toMatchObject({
      suggestedBy: 'returning-unit',
      overruled: [{ by: 'rule', unitId: 'roads' }],
    });
    expect(followed.incident.assignment).toMatchObject({ unitId: 'gas', suggestedBy: 'roads' });
    const other = proposing.give(dispatcher, 'rule-return', reassign('greening'));
    expect(other.events.at(-1)?.data).toMatchObject({
      suggestedBy: 'none',
      overruled: [{ by: 'returning-unit', unitId: 'gas' }, { by: 'rule' }],
    });
    const back = proposing.give(supervisor, 'rule-return', sendBack);
    expect(back.events.at(-1)?.data).toMatchObject({
      suggestedBy: 'rule',
      overruled: [{ by: 'returning-unit', unitId: 'gas' }],
    });
  });

  it('goes to the centre’s fallback unit when none is named', () => {
    returned()
      .when(dispatcher, 'rule-return', reassign())
      .thenState({ assignment: { unitId: 'duty' } });
  });

  it('may not be refused by the dispatcher, but by a shift supervisor who did not dispatch it', () => {
    returned().when(dispatcher, 'rule-return', sendBack).thenRefused('SUPERVISOR_RULES');
    returned()
      .when(supervisor, 'rule-return', sendBack)
      .thenState({ status: 'assigned', assignment: { unitId: 'roads' } });
    const own = received(filed().give(supervisor, 'assign', { unitId: 'roads' })).give(
      people.roadsLeader,
      'return',
      giveBack,
    );
    own.when(supervisor, 'rule-return', sendBack).thenRefused('RULING_ON_OWN');
    own
      .when(otherSupervisor, 'rule-return', sendBack)
      .thenState({ assignment: { unitId: 'roads' } });
  });

  it('stands the unit’s clock still, and gives no time back where it is refused', () => {
    const sent = returned(received().later(60)).later(30).give(supervisor, 'rule-return', sendBack);
    expect(sent.incident.clocks.handle?.dueAt).toBe('2026-03-02T07:30:00.000Z');
    expect(sent.incident.pauses).toMatchObject([
      { kind: 'return-ruling', revokedBy: 'supervisor' },
    ]);
    expect(sent.incident.pauses[0]?.endedAt).toBeDefined();
  });

  it('wants another unit, of this centre, a known one, and a fault of the list', () => {
    const rule = (body: object) =>
      returned().when(dispatcher, 'rule-return', { ...reassign(), ...body });
    rule({ unitId: 'roads' }).thenRefused('UNIT_SAME');
    rule({ unitId: 'nobody' }).thenRefused('UNIT_UNKNOWN');
    rule({ fault: undefined }).thenRefused('FAULT_MISSING');
    rule({ fault: 'bad-luck' }).thenRefused('REASON_UNKNOWN');
    const inEast = filed()
      .give(dispatcher, 'pass-down', { centreId: '310110012' })
      .give(people.eastDispatcher, 'assign', { unitId: 'east-cleaning' })
      .give(people.eastCleaningLeader, 'return', giveBack);
    inEast
      .when(people.eastDispatcher, 'rule-return', reassign('roads'))
      .thenRefused('UNIT_OF_ANOTHER_CENTRE');
    inEast.when(dispatcher, 'rule-return', reassign('roads')).thenRefused('CENTRE_RULES');
  });

  it('comes before anything else', () => {
    returned().when(dispatcher, 'assign', { unitId: 'roads' }).thenRefused('RULING_DUE');
    returned().when(dispatcher, 'pass-down').thenRefused('RULING_DUE');
    filed().when(dispatcher, 'rule-return', reassign('greening')).thenRefused('NO_RETURN');
  });
});

describe('the second return', () => {
  it('is ruled by a shift supervisor who did not dispatch it', () => {
    second().when(otherDispatcher, 'rule-return', reassign('gas')).thenRefused('SUPERVISOR_RULES');
    second()
      .when(supervisor, 'rule-return', reassign('gas'))
      .thenState({ assignment: { unitId: 'gas' } });
    second(supervisor)
      .when(supervisor, 'rule-return', reassign('gas'))
      .thenRefused('RULING_ON_OWN');
    second(supervisor)
      .when(otherSupervisor, 'rule-return', sendBack)
      .thenState({ status: 'assigned' });
  });
});

describe('the third return', () => {
  it('is ruled by the district, and the unit it names keeps it', () => {
    const ruled = third()
      .when(dispatcher, 'rule-return', reassign('duty'))
      .thenEmits('dispatch.return-ruled', 'dispatch.assigned');
    expect(ruled.incident.assignment).toMatchObject({ unitId: 'duty', final: true });
    ruled.when(people.dutyLeader, 'return', giveBack).thenRefused('RETURN_BARRED');
    ruled
      .give(people.dutyMember, 'receive')
      .later(3 * 24 * 60)
      .when(people.dutyLeader, 'return', giveBack)
      .thenRefused('RETURN_BARRED');
  });

  it('binds the unit it is sent back to as well, and the fallback unit', () => {
    third()
      .give(dispatcher, 'rule-return', sendBack)
      .when(people.gasLeader, 'return', giveBack)
      .thenRefused('RETURN_BARRED');
    third()
      .give(dispatcher, 'rule-return', reassign())
      .when(people.dutyLeader, 'return', giveBack)
      .thenRefused('RETURN_BARRED');
  });

  const thirdInEast = (): Story => {
    const inEast = filed().give(dispatcher, 'pass-down', { centreId: '310110012' });
    return inEast
      .give(people.eastDispatcher, 'assign', { unitId: 'east-cleaning' })
      .give(people.eastCleaningLeader, 'return', giveBack)
      .give(people.eastDispatcher, 'rule-return', reassign('east-office'))
      .give(people.eastOfficeLeader, 'return', giveBack)
      .give(people.eastSupervisor, 'rule-return', reassign('east-cleaning'))
      .give(people.eastCleaningLeader, 'return', giveBack);
  };

  it('is out of a subdistrict’s hands', () => {
    thirdInEast()
      .when(people.eastSupervisor, 'rule-return', sendBack)
      .thenRefused('DISTRICT_RULES');
    thirdInEast().when(supervisor, 'rule-return', sendBack).thenState({ centreId: '310110012' });
  });

  it('may name a unit of either level: the level moves with it', () => {
    thirdInEast()
      .when(supervisor, 'rule-return', reassign('roads'))
      .thenEmits('dispatch.return-ruled', 'dispatch.taken-up', 'dispatch.assigned')
      .whenNudged()
      .thenState({ level: 'district', assignment: { unitId: 'roads', final: true } });
    third()
      .when(supervisor, 'rule-return', reassign('west-cleaning'))
      .thenEmits('dispatch.return-ruled', 'dispatch.passed-down', 'dispatch.assigned');
  });
});

describe('a unit that gets the case after another lost it', () => {
  it('starts with a whole limit, even if it had returned it long ago', () => {
    const back = returned(received().later(60))
      .give(dispatcher, 'rule-return', reassign('greening'))
      .give(dispatcher, 'recall', { reasonCode: 'wrong-unit' })
      .later(10)
      .give(dispatcher, 'assign', { unitId: 'roads' });
    expect(back.incident.clocks.handle).toMatchObject({
      startedAt: '2026-03-02T02:10:00.000Z',
      dueAt: '2026-03-02T08:40:00.000Z',
    });
    expect(assigned().incident.clocks.handle?.epoch).toBe(1);
  });

  it('goes on too when it was recalled and came back, and starts anew for another', () => {
    const back = received()
      .later(60)
      .give(supervisor, 'recall', { reasonCode: 'wrong-unit' })
      .later(10);
    const same = back.give(dispatcher, 'assign', { unitId: 'roads' });
    expect(same.incident.clocks.handle).toMatchObject({
      startedAt: '2026-03-02T01:00:00.000Z',
      dueAt: '2026-03-02T07:40:00.000Z',
    });
    expect(same.incident.clockUnitId).toBeUndefined();
    const other = back.give(dispatcher, 'assign', { unitId: 'duty' });
    expect(other.events.at(-1)?.data).toMatchObject({ lostBecause: 'wrong-unit' });
    expect(other.incident.lostBecause).toBeUndefined();
    expect(other.incident.clocks.handle).toMatchObject({ startedAt: '2026-03-02T02:10:00.000Z' });
  });
});
