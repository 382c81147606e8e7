import {
  assigned,
  confirmed,
  finished,
  people,
  received,
  type Story,
  testPolicy,
  toClose,
} from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, supervisor, verifier, roadsMember, roadsLeader } = people;
const seen = { attachments: ['seen'] };
const byHand = testPolicy({ settings: { closeByRule: false } });
const passedByHand = (): Story =>
  confirmed().under(byHand).give(verifier, 'check', { outcome: 'pass' });

describe('checking', () => {
  it('closes by rule what passed, has its photo, and keeps nobody waiting', () => {
    const told = confirmed()
      .when(verifier, 'check', { outcome: 'pass', attachments: ['seen'] })
      .thenEmits('verification.checked', 'verification.closed', 'archive.evaluated');
    expect(told.incident).toMatchObject({
      status: 'closed',
      closing: { onTime: true, resolved: true, by: 'system' },
      checks: [{ outcome: 'pass', by: 'verifier', round: 1 }],
    });
    expect(told.incident.evidence.at(-1)).toMatchObject({ id: 'seen', kind: 'check' });
    const event = told.events.find((e) => e.type === 'verification.closed');
    expect(event?.data).toMatchObject({
      closing: '恢复原状',
      supervisedBy: '区建管委',
      responsible: '权属单位',
      unitId: 'roads',
    });
  });

  it('leaves closing to the clerk where the pack, a missing photo, or a caller says so', () => {
    expect(passedByHand().incident.status).toBe('to-close');
    expect(toClose().incident.status).toBe('to-close');
    received()
      .give(roadsMember, 'finish', { result: 'explained' })
      .give(roadsLeader, 'confirm')
      .when(verifier, 'check', { outcome: 'pass' })
      .thenState({ status: 'to-close' });
  });

  it('is for nobody of the unit or its contractor, nor for who handled it', () => {
    const check = (by: typeof verifier) => confirmed().when(by, 'check', { outcome: 'pass' });
    check(people.contractorsVerifier).thenRefused('CHECKER_INVOLVED');
    check({ ...verifier, id: 'roads-member' }).thenRefused('CHECKER_INVOLVED');
    check({ ...verifier, unitId: 'roads' }).thenRefused('CHECKER_INVOLVED');
    check(roadsLeader).thenRefused('NOT_PERMITTED');
    check(clerk).thenRefused('NOT_PERMITTED');
  });

  it('knows the contractor by the unit’s contract too, when its people wear no badge', () => {
    const { employer: _, ...badgeless } = roadsMember;
    const told = finished(assigned().give(badgeless, 'receive')).give(roadsLeader, 'confirm');
    expect(told.incident.handlingUnits).toEqual(['roads']);
    told
      .when(people.contractorsVerifier, 'check', { outcome: 'pass' })
      .thenRefused('CHECKER_INVOLVED');
  });

  it('is done once a round', () => {
    passedByHand().when(verifier, 'check', { outcome: 'pass' }).thenRefused('ALREADY_CHECKED');
  });

  it('shows or says what it found unless it passed', () => {
    for (const outcome of ['fail', 'unable'] as const) {
      const check = (more: { text?: string; attachments?: string[] }) =>
        confirmed().when(verifier, 'check', { outcome, cause: 'not-enough', ...more });
      check({}).thenRefused('EVIDENCE_MISSING');
      check({ text: '  ', attachments: [] }).thenRefused('EVIDENCE_MISSING');
      check({ text: '门禁进不去' }).thenState({ checks: [{ outcome }] });
      check(seen).thenState({ checks: [{ outcome }] });
    }
  });

  it('that is unable twice goes to the shift supervisor, who closes or orders rework', () => {
    const unable = { outcome: 'unable' as const, attachments: ['gate'] };
    const twice = confirmed()
      .when(verifier, 'check', unable)
      .thenState({ status: 'to-check', counters: { unableChecks: 1 } })
      .give(people.westVerifier, 'check', unable);
    twice.when(verifier, 'check', { outcome: 'pass' }).thenRefused('SUPERVISOR_DECIDES');
    twice.when(clerk, 'close').thenRefused('NOT_CHECKED');
    const patient = testPolicy({ settings: { check: { unableMost: 3 } } });
    twice.under(patient).when(supervisor, 'close').thenRefused('NOT_CHECKED');
    twice.under(patient).when(verifier, 'check', unable).thenState({ status: 'to-check' });
    twice.when(supervisor, 'close').thenState({ status: 'closed', closing: { by: 'supervisor' } });
    twice
      .when(supervisor, 'order-rework', { cause: 'not-enough' })
      .thenState({ status: 'handling', counters: { unableChecks: 0 } });
  });
});

describe('rework', () => {
  it('follows a failed check by rule, to the same unit, with its cause', () => {
    const told = confirmed()
      .when(verifier, 'check', { outcome: 'fail', cause: 'not-enough', ...seen })
      .thenEmits('verification.checked', 'verification.rework-ordered');
    expect(told.incident).toMatchObject({
      status: 'handling',
      custodian: 'handling',
      counters: { reworks: 1 },
      assignment: { unitId: 'roads' },
    });
    expect(told.incident.assignment?.finish).toBeUndefined();
    expect(told.events.at(-1)?.data).toMatchObject({
      cause: 'not-enough',
      round: 1,
      by: { id: 'system' },
    });
    confirmed().when(verifier, 'check', { outcome: 'fail' }).thenRefused('CAUSE_MISSING');
    confirmed()
      .when(verifier, 'check', { outcome: 'fail', cause: 'x' })
      .thenRefused('REASON_UNKNOWN');
  });

  it('goes on with the time that was left', () => {
    const { clocks } = finished(received().later(60))
      .give(roadsLeader, 'confirm')
      .at('2026-03-02T11:00:00+08:00')
      .give(clerk, 'order-rework', { cause: 'false-feedback' }).incident;
    expect(clocks.handle).toMatchObject({ epoch: 2, dueAt: '2026-03-02T08:30:00.000Z' });
    expect(clocks.handle?.verdict).toBeUndefined();
  });

  it('is bound by the earliest upstream due still ahead, once an earlier one has passed', () => {
    const call = (told: Story, time: string) =>
      told.give(people.seat, 'supplement', {
        channel: 'hotline-12345',
        upstreamDueAt: `2026-03-02T${time}:00+08:00`,
      });
    const told = confirmed(finished(call(call(received(), '09:30'), '18:00')))
      .at('2026-03-02T10:30:00+08:00')
      .give(clerk, 'order-rework', { cause: 'false-feedback' });
    // 18:00 less the four office hours of the centre's reserve.
    const basis = `reserve:${told.incident.demands.at(-1)?.id}`;
    expect(told.incident.clocks).toMatchObject({
      handle: { dueAt: '2026-03-02T04:00:00.000Z', basis },
      rework: { bound: { basis } },
    });
  });

  it('gives at least the pack’s share of the limit, even to who was late', () => {
    const { clocks } = finished()
      .at('2026-03-02T16:00:00+08:00')
      .give(roadsLeader, 'confirm')
      .give(supervisor, 'order-rework', { cause: 'not-enough' }).incident;
    expect(clocks.handle?.dueAt).toBe('2026-03-02T09:00:00.000Z');
  });

  it('does not wash off that the first confirmation was late', () => {
    const told = finished().at('2026-03-02T16:00:00+08:00').give(roadsLeader, 'confirm');
    const again = finished(told.give(supervisor, 'order-rework', { cause: 'not-enough' }))
      .give(roadsLeader, 'confirm')
      .give(verifier, 'check', { outcome: 'pass' });
    expect(again.incident).toMatchObject({
      status: 'closed',
      clocks: { handle: { verdict: 'on-time' } },
      closing: { onTime: false, resolved: true },
    });
    const evaluated = again.events.find((e) => e.type === 'archive.evaluated');
    expect(evaluated?.data).toMatchObject({ facts: { late: ['handle'], onTime: false } });
  });

  it('wants a new answer for who waits for one', () => {
    const again = toClose().give(clerk, 'order-rework', { cause: 'not-enough' });
    expect(again.incident.demands[0]?.answeredAt).toBeUndefined();
    again.when(roadsMember, 'finish', { result: 'explained' }).thenRefused('ANSWER_MISSING');
  });

  it('is ordered by no verifier of the unit or its contractor', () => {
    const order = (by: typeof verifier) =>
      confirmed().when(by, 'order-rework', { cause: 'not-enough' });
    order(people.contractorsVerifier).thenRefused('CHECKER_INVOLVED');
    order({ ...verifier, unitId: 'roads' }).thenRefused('CHECKER_INVOLVED');
    order({ ...verifier, id: 'roads-member' }).thenRefused('CHECKER_INVOLVED');
    order(verifier).thenState({ status: 'handling' });
  });

  it('is checked again in the next round', () => {
    const again = finished(confirmed().give(clerk, 'order-rework', { cause: 'not-enough' }))
      .give(roadsLeader, 'confirm')
      .give(verifier, 'check', { outcome: 'pass' });
    expect(again.incident.checks).toMatchObject([{ round: 2, outcome: 'pass' }]);
    confirmed().when(clerk, 'order-rework', { cause: 'mood' }).thenRefused('REASON_UNKNOWN');
  });
});
