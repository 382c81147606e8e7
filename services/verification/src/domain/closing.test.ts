import { createContext } from '@cityloop/incident';
import {
  assigned,
  confirmed,
  filed,
  filedInWest,
  finished,
  people,
  received,
  reportedByCaller,
  type Story,
  testPolicy,
  toClose,
} from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { close, closedByRule } from './close.ts';

const { clerk, supervisor, verifier, seat, roadsMember, roadsLeader } = people;
const byHand = testPolicy({ settings: { closeByRule: false } });
const passedByHand = (): Story =>
  confirmed().under(byHand).give(verifier, 'check', { outcome: 'pass' });

describe('calling back', () => {
  const reached = { reached: true, resolved: true, satisfaction: 'satisfied' as const };

  it('closes by rule once the last caller has been heard', () => {
    toClose()
      .when(seat, 'call-back', reached)
      .thenEmits('verification.called-back', 'verification.closed', 'archive.evaluated')
      .whenNudged()
      .thenState({ closing: { resolved: true } });
  });

  it('counts vain attempts; the third is enough', () => {
    const once = toClose().give(seat, 'call-back', { reached: false });
    once.when(clerk, 'close').thenRefused('DEMANDS_UNANSWERED');
    const told = once
      .give(seat, 'call-back', { reached: false })
      .when(seat, 'call-back', { reached: false })
      .thenEmits('verification.called-back', 'verification.closed', 'archive.evaluated');
    expect(told.events.at(-3)?.data).toMatchObject({ attempt: 3 });
  });

  const denied = {
    reached: true,
    resolved: false,
    satisfaction: 'dissatisfied' as const,
    reasonCode: 'result',
  };

  it('is tried as often as the pack says', () => {
    const once = testPolicy({ settings: { callBack: { attempts: 1 } } });
    toClose()
      .under(once)
      .when(seat, 'call-back', { reached: false })
      .thenState({ status: 'closed' });
  });

  it('by a caller who says it is not resolved leaves the choice between rework and closing', () => {
    const told = toClose().when(seat, 'call-back', denied).thenEmits('verification.called-back');
    told
      .when(clerk, 'order-rework', { cause: 'not-enough' })
      .thenState({ status: 'handling', counters: { reworks: 1 } });
    const closed = told.give(clerk, 'close');
    expect(closed.incident.closing).toMatchObject({ onTime: true, resolved: false });
  });

  it('goes by the last word of the caller: vain attempts take nothing of it back', () => {
    const vain = toClose()
      .give(seat, 'call-back', denied)
      .when(seat, 'call-back', { reached: false })
      .thenState({ status: 'to-close' });
    const closed = vain.give(clerk, 'close');
    expect(closed.incident.closing).toMatchObject({ resolved: false });
    const evaluated = closed.events.find((e) => e.type === 'archive.evaluated');
    expect(evaluated?.data).toMatchObject({
      facts: { resolved: false, satisfaction: ['dissatisfied'] },
    });
    vain.when(seat, 'call-back', reached).thenState({ closing: { resolved: true } });
  });

  it('wants the grade of who was reached and none of who was not', () => {
    const call = (body: object) => toClose().when(seat, 'call-back', body);
    call({ reached: true }).thenRefused('GRADE_MISSING');
    call({ reached: false, satisfaction: 'fair' }).thenRefused('NOT_REACHED');
    call({ reached: false, resolved: true }).thenRefused('NOT_REACHED');
    for (const complaint of [{ resolved: false }, { satisfaction: 'dissatisfied' }]) {
      call({ ...reached, ...complaint }).thenRefused('REASON_MISSING');
      const why = { reasonCode: 'result' };
      const told = call({ ...reached, ...complaint, ...why }).story;
      expect(told.incident.demands[0]?.callBacks).toMatchObject([{ ...complaint, ...why }]);
    }
    call({ ...reached, reasonCode: 'x' }).thenRefused('REASON_UNKNOWN');
    call({ ...reached, demandId: 'x' }).thenRefused('DEMAND_UNKNOWN');
  });

  it('of several callers wants to be told which, and waits for all', () => {
    const two = toClose().give(seat, 'supplement', {
      channel: 'hotline-12345',
      reporter: { wantsReply: true },
    });
    two.when(seat, 'call-back', reached).thenRefused('DEMAND_UNCLEAR');
    const [first, second] = two.incident.demands.map((d) => d.id);
    const half = two.give(seat, 'call-back', { ...reached, demandId: first ?? '' });
    half.when(clerk, 'close').thenRefused('DEMANDS_UNANSWERED');
    half
      .when(seat, 'call-back', { ...reached, demandId: second ?? '' })
      .thenState({ status: 'closed' });
  });

  it('is due again after a rework: what was said before was about something else', () => {
    const again = toClose()
      .under(byHand)
      .give(seat, 'call-back', reached)
      .give(clerk, 'order-rework', { cause: 'not-enough' })
      .later(10)
      .give(roadsMember, 'finish', { result: 'resolved', answer: '又修', attachments: ['again'] })
      .give(roadsLeader, 'confirm')
      .give(verifier, 'check', { outcome: 'pass' });
    again.when(clerk, 'close').thenRefused('DEMANDS_UNANSWERED');
    again.give(seat, 'call-back', reached).when(clerk, 'close').thenState({ status: 'closed' });
  });
});

describe('closing', () => {
  it('waits for the standard row it was filed without', () => {
    const { world, incident } = passedByHand();
    const pending = { ...incident, standardPending: true } as const;
    const ctx = createContext({ ...world, policy: testPolicy(), subject: clerk });
    expect(closedByRule(incident, ctx)).toHaveLength(1);
    expect(closedByRule(pending, ctx)).toEqual([]);
    expect(() => close({}, pending, ctx)).toThrow(
      expect.objectContaining({ code: 'STANDARD_PENDING' }),
    );
  });

  it('is for the filing centre after a passed check', () => {
    confirmed().when(clerk, 'close').thenRefused('NOT_CHECKED');
    passedByHand()
      .when(clerk, 'close')
      .thenState({ closing: { by: 'clerk', onTime: true } });
    const west = filedInWest()
      .under(byHand)
      .give(people.westDispatcher, 'assign', { unitId: 'west-cleaning' })
      .give(people.westCleaningMember, 'receive')
      .give(people.westCleaningMember, 'finish', { result: 'resolved', attachments: ['p'] })
      .give(people.westCleaningLeader, 'confirm')
      .give(people.westVerifier, 'check', { outcome: 'pass' });
    west.when(clerk, 'close').thenRefused('FILING_CENTRE_CLOSES');
    west.when(people.eastClerk, 'close').thenRefused('INCIDENT_NOT_FOUND');
    west.when(people.westClerk, 'close').thenState({ status: 'closed' });
    west
      .when(supervisor, 'close', { forced: true, text: '另案处理' })
      .thenState({ status: 'closed' });
  });

  it('by force takes the district’s shift supervisor and an opinion, and is never on time nor resolved', () => {
    const text = '长期无法入户';
    confirmed()
      .when(clerk, 'close', { forced: true, text })
      .thenEmits('verification.forced-close-requested')
      .when(supervisor, 'decide-forced-close', { decision: 'grant' })
      .thenState({ closing: { forced: true, onTime: false, resolved: false, by: 'supervisor' } });
    for (const nothing of [{}, { text: ' ' }]) {
      confirmed()
        .when(supervisor, 'close', { forced: true, ...nothing })
        .thenRefused('OPINION_MISSING');
    }
    confirmed()
      .when(supervisor, 'close', { forced: true, text })
      .thenState({ closing: { forced: true, onTime: false, resolved: false } });
    const waiting = received(assigned(filed(reportedByCaller())))
      .give(roadsMember, 'finish', { result: 'explained', answer: '无法入户' })
      .give(roadsLeader, 'confirm');
    waiting.when(supervisor, 'close', { forced: true, text }).thenState({ status: 'closed' });
  });

  it('is late when the unit was, and explained is not resolved', () => {
    const late = finished().at('2026-03-02T18:00:00+08:00').give(roadsLeader, 'confirm');
    late.when(verifier, 'check', { outcome: 'pass' }).thenState({ closing: { onTime: false } });
    received()
      .give(roadsMember, 'finish', { result: 'explained', attachments: ['p'] })
      .give(roadsLeader, 'confirm')
      .when(verifier, 'check', { outcome: 'pass' })
      .thenState({ closing: { resolved: false } });
  });
});
