import { assigned, filed, finished, people, received, reportedByCaller } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { dispatcher, supervisor, roadsMember, roadsLeader } = people;
const photo = { attachments: ['photo-after'] };

describe('returning', () => {
  const grant = { decision: 'grant' } as const;
  const why = { reasonCode: 'not-our-duty', basis: '权属在小区', suggestedUnitId: 'duty' };

  it('is the leader’s, with reason, basis and a proposal', () => {
    const told = received().when(roadsLeader, 'return', why).thenEmits('handling.returned');
    expect(told.events.at(-1)?.data).toMatchObject({ ...why, unitId: 'roads', validity: 'valid' });
    received().when(roadsMember, 'return', why).thenRefused('NOT_PERMITTED');
    received().when(roadsLeader, 'return', { reasonCode: 'mood' }).thenRefused('REASON_UNKNOWN');
    received()
      .when(roadsLeader, 'return', { ...why, suggestedUnitId: 'x' })
      .thenRefused('UNIT_UNKNOWN');
    finished().when(roadsLeader, 'return', why).thenRefused('FINISHED');
  });

  it('has to come within the pack’s working time from receipt, later with the shift supervisor’s consent', () => {
    const inTime = received().at('2026-03-02T15:30:00+08:00');
    inTime.when(roadsLeader, 'return', why).thenState({ status: 'to-rule' });
    const late = inTime.later(1);
    late.when(supervisor, 'return', why).thenRefused('NOT_PERMITTED');
    const asked = late
      .when(roadsLeader, 'return', why)
      .thenEmits(
        'handling.clock-warned',
        'handling.clock-overdue',
        'handling.late-return-requested',
      );
    asked.when(roadsLeader, 'return', why).thenRefused('APPLICATION_PENDING');
    asked.when(people.westSupervisor, 'decide-late-return', grant).thenRefused('NOT_PERMITTED');
    asked.when(people.dispatcher, 'decide-late-return', grant).thenRefused('NOT_YOUR_STEP');
    asked
      .when(supervisor, 'decide-late-return', { decision: 'refuse' })
      .thenState({ status: 'handling', requests: [] });
    const told = asked
      .when(supervisor, 'decide-late-return', grant)
      .thenEmits('handling.late-return-decided', 'handling.returned');
    expect(told.events.at(-1)?.data).toMatchObject({
      ...why,
      by: { id: 'roads-leader', role: 'unit-leader' },
      consentedBy: 'supervisor',
      unitId: 'roads',
    });
    expect(told.incident).toMatchObject({ status: 'to-rule', lastReturn: { by: 'roads-leader' } });
  });

  it('voids what was applied for', () => {
    const asked = received().give(roadsMember, 'request-suspension', {
      until: '2026-04-01T00:00:00+08:00',
      kind: 'funds',
    });
    expect(asked.incident.requests).toHaveLength(1);
    expect(asked.give(roadsLeader, 'return', why).incident.requests).toEqual([]);
  });
});

describe('recalling', () => {
  const why = { reasonCode: 'wrong-unit' };

  it('is the dispatcher’s until receipt and the shift supervisor’s after', () => {
    assigned()
      .when(dispatcher, 'recall', why)
      .thenState({ status: 'to-dispatch', custodian: 'dispatch' });
    received().when(dispatcher, 'recall', why).thenRefused('RECALL_TOO_LATE');
    received().when(supervisor, 'recall', why).thenState({ status: 'to-dispatch' });
    finished().when(supervisor, 'recall', why).thenState({ status: 'to-dispatch' });
    assigned().when(dispatcher, 'recall', { reasonCode: 'mood' }).thenRefused('REASON_UNKNOWN');
  });

  it('starts the dispatch clock again and can be dispatched anew', () => {
    const back = assigned().later(5).give(dispatcher, 'recall', why);
    expect(back.events.at(-1)?.data).toMatchObject({ ...why, validity: 'valid' });
    expect(back.incident.clocks.dispatch).toMatchObject({ startedAt: '2026-03-02T01:05:00.000Z' });
    back
      .when(dispatcher, 'assign', { unitId: 'greening' })
      .thenState({ assignment: { unitId: 'greening' } });
  });
});

describe('recalling what was finished', () => {
  it('leaves its callers waiting for the answer of the next unit', () => {
    const answered = received(assigned(filed(reportedByCaller()))).give(roadsMember, 'finish', {
      result: 'resolved',
      answer: '已换',
      ...photo,
    });
    const back = answered.give(supervisor, 'recall', { reasonCode: 'wrong-unit' });
    expect(back.incident.demands[0]?.answeredAt).toBeUndefined();
    received(assigned(back))
      .when(roadsMember, 'finish', { result: 'explained' })
      .thenRefused('ANSWER_MISSING');
  });
});
