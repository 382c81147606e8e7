import {
  assigned,
  filed,
  finished,
  people,
  received,
  reported,
  reportedByCaller,
  type Story,
  testPolicy,
} from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, dispatcher, supervisor, roadsMember, roadsLeader, greeningLeader } = people;
const photo = { attachments: ['photo-after'] };

const withAssist = (): Story =>
  filed().give(dispatcher, 'assign', {
    unitId: 'roads',
    assists: [{ unitId: 'greening', task: '移树' }],
  });

describe('receiving', () => {
  it('is for members of the unit, once, and makes them handlers’ company', () => {
    const told = assigned().when(roadsMember, 'receive').thenEmits('handling.received');
    expect(told.incident).toMatchObject({
      status: 'handling',
      assignment: { receivedBy: 'roads-member', receivedAt: '2026-03-02T01:00:00.000Z' },
      handlingUnits: ['roads', 'roads-co'],
    });
    told.when(roadsLeader, 'receive').thenRefused('ALREADY_RECEIVED');
    assigned().when(greeningLeader, 'receive').thenRefused('INCIDENT_NOT_FOUND');
  });

  it('comes before any work', () => {
    const early = assigned();
    early
      .when(roadsLeader, 'assign-crew', { personIds: ['roads-member'] })
      .thenRefused('NOT_RECEIVED');
    early.when(roadsMember, 'contact', { result: 'reached' }).thenRefused('NOT_RECEIVED');
    early.when(roadsMember, 'finish', { result: 'resolved', ...photo }).thenRefused('NOT_RECEIVED');
    const until = '2026-03-02T20:00:00+08:00';
    early.when(roadsMember, 'request-extension', { until }).thenRefused('NOT_RECEIVED');
    early
      .when(roadsMember, 'request-suspension', { until, kind: 'funds' })
      .thenRefused('NOT_RECEIVED');
    early.when(roadsLeader, 'confirm').thenRefused('NOT_FINISHED');
    early.when(roadsLeader, 'send-back').thenRefused('NOT_FINISHED');
  });

  it('is each assisting unit’s own', () => {
    withAssist()
      .when(greeningLeader, 'receive')
      .thenState({ status: 'assigned', handlingUnits: ['greening'] })
      .when(greeningLeader, 'receive')
      .thenRefused('ALREADY_RECEIVED');
  });

  it('lets an assisting unit work once it has received, whatever the lead has done', () => {
    const told = withAssist().give(greeningLeader, 'receive');
    told.when(roadsMember, 'contact', { result: 'reached' }).thenRefused('NOT_RECEIVED');
    told
      .when(greeningLeader, 'contact', { result: 'reached' })
      .thenEmits('handling.contacted')
      .when(greeningLeader, 'finish', { result: 'resolved' })
      .thenEmits('handling.finished')
      .whenNudged()
      .thenState({ status: 'assigned' });
    received(withAssist())
      .when(greeningLeader, 'contact', { result: 'reached' })
      .thenRefused('NOT_RECEIVED');
  });
});

describe('the crew', () => {
  it('is named from the unit’s own people, each once', () => {
    const personIds = ['roads-member', 'roads-member', 'roads-leader'];
    received()
      .when(roadsLeader, 'assign-crew', { personIds })
      .thenState({ assignment: { crew: ['roads-member', 'roads-leader'] } });
    for (const id of ['greening-member', 'nobody']) {
      received()
        .when(roadsLeader, 'assign-crew', { personIds: [id] })
        .thenRefused('NOT_OF_THE_UNIT');
    }
    finished().when(roadsLeader, 'assign-crew', { personIds }).thenRefused('FINISHED');
  });

  it('counts every attempt to reach the caller and keeps when it was first reached', () => {
    const told = received()
      .give(roadsMember, 'contact', { result: 'not-reached', text: '占线' })
      .later(5)
      .give(roadsMember, 'contact', { result: 'reached' })
      .later(5)
      .give(roadsMember, 'contact', { result: 'reached' });
    expect(told.types.filter((t) => t === 'handling.contacted')).toHaveLength(3);
    expect(told.incident.assignment?.contactedAt).toBe('2026-03-02T01:05:00.000Z');
  });
});

describe('finishing', () => {
  it('wants the photo the row demands when it is resolved, not when it is explained', () => {
    received().when(roadsMember, 'finish', { result: 'resolved' }).thenRefused('EVIDENCE_MISSING');
    received()
      .when(roadsMember, 'finish', { result: 'explained' })
      .thenState({ status: 'finished' });
    received()
      .when(roadsMember, 'finish', { result: 'resolved', ...photo })
      .thenState({
        status: 'finished',
        handlers: ['roads-member'],
        evidence: [{ id: 'photo-after', kind: 'after' }],
        assignment: { finish: { result: 'resolved', by: 'roads-member' } },
      });
  });

  it('wants an answer for who waits for one', () => {
    const told = received(assigned(filed(reportedByCaller())));
    told
      .when(roadsMember, 'finish', { result: 'resolved', ...photo })
      .thenRefused('ANSWER_MISSING');
    told
      .when(roadsMember, 'finish', { result: 'resolved', answer: ' ', ...photo })
      .thenRefused('ANSWER_MISSING');
    told
      .when(roadsMember, 'finish', { result: 'resolved', answer: '已换', ...photo })
      .thenState({ demands: [{ answeredAt: '2026-03-02T01:00:00.000Z' }] });
  });

  it('keeps the satisfaction the unit was told, apart from the call-back’s', () => {
    const told = received().give(roadsMember, 'finish', {
      result: 'explained',
      satisfaction: 'fair',
    });
    expect(told.events.at(-1)?.data).toMatchObject({ satisfaction: 'fair' });
  });

  it('is done once, then confirmed or sent back by the leader', () => {
    finished()
      .when(roadsMember, 'finish', { result: 'resolved', ...photo })
      .thenRefused('FINISHED');
    const again = finished().when(roadsLeader, 'send-back').thenState({ status: 'handling' });
    expect(again.incident.assignment?.finish).toBeUndefined();
    again.when(roadsMember, 'finish', { result: 'explained' }).thenState({ status: 'finished' });
    finished().when(roadsMember, 'confirm').thenRefused('NOT_PERMITTED');
  });

  it('is measured at the leader’s confirmation', () => {
    const late = finished().at('2026-03-02T15:31:00+08:00');
    const told = late
      .when(roadsLeader, 'confirm')
      .thenEmits('handling.clock-warned', 'handling.clock-overdue', 'handling.confirmed');
    expect(told.incident).toMatchObject({
      status: 'to-check',
      clocks: { handle: { verdict: 'late' } },
    });
    const { clocks } = finished()
      .at('2026-03-02T15:29:00+08:00')
      .give(roadsLeader, 'confirm').incident;
    expect(clocks.handle?.verdict).toBe('on-time');
  });

  it('is confirmed no sooner than the standard row it was filed without is named', () => {
    const pending = received(
      assigned(reported().give(supervisor, 'file', { categoryCode: 'C01-02', pending: true })),
    );
    const told = finished(pending);
    told.when(roadsLeader, 'confirm').thenRefused('STANDARD_PENDING');
    told
      .give(clerk, 'amend', { standardId: 'C01-02.1', reasonCode: 'standard-completed' })
      .when(roadsLeader, 'confirm')
      .thenEmits('handling.confirmed');
    pending
      .under(testPolicy({ settings: { confirmByRule: true } }))
      .when(roadsMember, 'finish', { result: 'resolved', ...photo })
      .thenEmits('handling.finished');
  });

  it('wants a new answer once it was sent back', () => {
    const again = received(assigned(filed(reportedByCaller())))
      .give(roadsMember, 'finish', { result: 'resolved', answer: '已换', ...photo })
      .give(roadsLeader, 'send-back');
    expect(again.incident.demands[0]?.answeredAt).toBeUndefined();
    again.when(roadsMember, 'finish', { result: 'explained' }).thenRefused('ANSWER_MISSING');
  });

  it('waits for every assisting unit', () => {
    const lead = finished(received(withAssist()));
    lead.when(greeningLeader, 'finish', { result: 'resolved' }).thenRefused('NOT_RECEIVED');
    lead.when(roadsLeader, 'confirm').thenRefused('ASSISTS_OPEN');
    const both = lead
      .give(greeningLeader, 'receive')
      .give(greeningLeader, 'finish', { result: 'resolved' });
    both.when(greeningLeader, 'finish', { result: 'resolved' }).thenRefused('FINISHED');
    both.when(roadsLeader, 'confirm').thenState({ status: 'to-check' });
  });

  it('confirms itself where the pack says so, once nobody is left to assist', () => {
    const byRule = testPolicy({ settings: { confirmByRule: true } });
    const told = received()
      .under(byRule)
      .when(roadsMember, 'finish', { result: 'resolved', ...photo })
      .thenEmits('handling.finished', 'handling.confirmed');
    expect(told.events.at(-1)?.data.by.role).toBe('system');
    received(withAssist())
      .under(byRule)
      .give(greeningLeader, 'receive')
      .when(roadsMember, 'finish', { result: 'resolved', ...photo })
      .thenEmits('handling.finished')
      .when(greeningLeader, 'finish', { result: 'resolved' })
      .thenEmits('handling.finished', 'handling.confirmed');
  });
});

describe('what belongs to other stages', () => {
  it('is refused here', () => {
    received().when(dispatcher, 'assign', { unitId: 'roads' }).thenRefused('NOT_IN_CUSTODY');
    received().when(people.verifier, 'check', { outcome: 'pass' }).thenRefused('NOT_IN_CUSTODY');
  });
});
