import {
  assigned,
  closed,
  confirmed,
  filed,
  finished,
  people,
  received,
  reported,
  reportedByCaller,
  returned,
  type Story,
  story,
  toClose,
} from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, supervisor, evaluator, dispatcher } = people;
const WEEK = 7 * 24 * 60;

describe('evaluation', () => {
  it('counts once what happened, when archive takes the case', () => {
    const told = toClose()
      .later(30)
      .give(people.seat, 'urge')
      .give(people.seat, 'call-back', { reached: true, resolved: true, satisfaction: 'fair' });
    const event = told.events.find((e) => e.type === 'archive.evaluated');
    expect(event?.data).toMatchObject({
      archiveDueAt: '2026-03-09T01:30:00.000Z',
      facts: {
        outcome: 'closed',
        onTime: true,
        resolved: true,
        unitId: 'roads',
        ownerCentreId: '310110',
        standardId: 'C01-02.1',
        seconds: { 'end-to-end': 1800, accept: 0, dispatch: 0, handle: 0 },
        late: [],
        urges: 1,
        supervisions: 0,
        satisfaction: ['fair'],
      },
    });
  });

  it('says whether who waits for an answer was contacted in time', () => {
    const contacted = (minutes: number | undefined): Story => {
      const told = received(assigned(filed(reportedByCaller())));
      return minutes === undefined
        ? told
        : told.later(minutes).give(people.roadsMember, 'contact', { result: 'reached' });
    };
    const facts = (told: Story) =>
      confirmed(told.give(people.roadsMember, 'finish', { result: 'explained', answer: '已解释' }))
        .give(people.verifier, 'check', { outcome: 'pass' })
        .give(supervisor, 'close', { forced: true, text: '另案处理' })
        .events.find((e) => e.type === 'archive.evaluated')?.data;
    const day = 24 * 60;
    expect(facts(contacted(day))).toMatchObject({ facts: { firstContact: 'in-time' } });
    expect(facts(contacted(day + 1))).toMatchObject({ facts: { firstContact: 'late' } });
    expect(facts(contacted(undefined))).toMatchObject({ facts: { firstContact: 'none' } });
    const nobody = closed().events.find((e) => e.type === 'archive.evaluated')?.data;
    expect(nobody).not.toHaveProperty('facts.firstContact');
  });

  it('names every clock that was late', () => {
    const told = closed(
      reported()
        .later(20)
        .give(clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.1' })
        .later(20)
        .give(dispatcher, 'assign', { unitId: 'roads' })
        .give(people.roadsMember, 'receive')
        .give(people.roadsMember, 'finish', { result: 'resolved', attachments: ['p'] })
        .give(people.roadsLeader, 'confirm'),
    );
    const event = told.events.find((e) => e.type === 'archive.evaluated');
    expect(event?.data).toMatchObject({ facts: { late: ['accept', 'dispatch'] } });
  });
});

describe('archiving', () => {
  it('happens by itself after the waiting period, as of its end, once', () => {
    closed()
      .later(WEEK - 1)
      .whenNudged()
      .thenEmits();
    const told = closed()
      .later(3 * WEEK)
      .whenNudged()
      .thenEmits('archive.archived');
    expect(told.events.at(-1)).toMatchObject({
      occurredAt: '2026-03-09T01:00:00.000Z',
      data: { by: { role: 'system' }, outcome: 'closed' },
    });
    told.whenNudged().thenEmits();
  });

  it('can be done earlier by the evaluator and is final', () => {
    const told = closed()
      .when(evaluator, 'archive')
      .thenState({ status: 'archived', outcome: 'closed' });
    told.when(evaluator, 'archive').thenRefused('ARCHIVED');
    told.when(clerk, 'reopen', { reasonCode: 'recurred' }).thenRefused('ARCHIVED');
    told.when(clerk, 'note', { text: '申诉材料' }).thenEmits('archive.noted');
  });

  it('comes first when a late command finds it due', () => {
    closed().later(WEEK).when(clerk, 'reopen', { reasonCode: 'recurred' }).thenRefused('ARCHIVED');
  });
});

describe('reopening', () => {
  const reopened = (): Story =>
    closed().later(60).give(clerk, 'reopen', { reasonCode: 'recurred' });

  it('goes back to dispatch with a clock of its own', () => {
    const told = closed()
      .later(60)
      .when(clerk, 'reopen', { reasonCode: 'recurred' })
      .thenEmits('archive.reopened');
    expect(told.incident).toMatchObject({
      status: 'to-dispatch',
      custodian: 'dispatch',
      counters: { reopens: 1 },
      checks: [],
    });
    expect(told.incident.clocks['end-to-end']).toMatchObject({
      epoch: 2,
      startedAt: '2026-03-02T02:00:00.000Z',
    });
    for (const gone of ['closing', 'outcome', 'endedAt', 'assignment', 'archiveDueAt'] as const) {
      expect(told.incident[gone]).toBeUndefined();
    }
  });

  it('runs through the loop again and is evaluated again', () => {
    const again = reopened()
      .give(dispatcher, 'assign', { unitId: 'greening' })
      .give(people.greeningMember, 'receive')
      .give(people.greeningMember, 'finish', { result: 'resolved', attachments: ['q'] })
      .give(people.greeningLeader, 'confirm')
      .when(people.verifier, 'check', { outcome: 'pass' })
      .thenState({ status: 'closed', handlingUnits: ['roads', 'roads-co', 'greening'] });
    expect(again.types.filter((t) => t === 'archive.evaluated')).toHaveLength(2);
  });

  it('is not bound by what the first round used up or answered', () => {
    const reason = { reasonCode: 'recurred' };
    const first = returned()
      .give(dispatcher, 'rule-return', {
        ruling: 'reassign',
        fault: 'misdispatch',
        unitId: 'greening',
      })
      .give(people.greeningMember, 'receive')
      .give(people.greeningMember, 'finish', { result: 'resolved', attachments: ['q'] })
      .give(people.greeningLeader, 'confirm');
    expect(first.incident.counters.returns).toBe(1);
    const told = closed(first).give(clerk, 'reopen', reason);
    expect(told.incident.counters).toMatchObject({ returns: 0, extensions: 0, reopens: 1 });
    const answered = toClose().give(people.seat, 'call-back', {
      reached: true,
      satisfaction: 'fair',
    });
    expect(answered.incident.demands[0]?.answeredAt).toBeDefined();
    expect(answered.give(clerk, 'reopen', reason).incident.demands[0]?.answeredAt).toBeUndefined();
  });

  it('begins its checks anew after one that was never possible', () => {
    const locked = { outcome: 'unable', text: '门锁着' } as const;
    const unable = (from: Story) => from.give(people.verifier, 'check', locked);
    const first = confirmed();
    const told = unable(unable(first))
      .give(supervisor, 'close')
      .give(clerk, 'reopen', { reasonCode: 'recurred' })
      .give(dispatcher, 'assign', { unitId: 'roads' });
    confirmed(finished(received(told)))
      .when(people.verifier, 'check', locked)
      .thenEmits('verification.checked');
  });

  it('needs a reason of the list and a case that was filed', () => {
    closed().when(clerk, 'reopen', { reasonCode: 'mood' }).thenRefused('REASON_UNKNOWN');
    for (const from of [reported(), story().report({})]) {
      from
        .give(clerk, 'decline', { reasonCode: 'out-of-district' })
        .when(clerk, 'reopen', { reasonCode: 'recurred' })
        .thenRefused('NEVER_FILED');
    }
    filed()
      .give(clerk, 'withdraw')
      .when(clerk, 'reopen', { reasonCode: 'recurred' })
      .thenState({ status: 'to-dispatch' });
  });

  it('of a merged case is refused: the other one is the case now', () => {
    const into = filed();
    into
      .report({ categoryCode: 'C01-02' })
      .give(clerk, 'merge', { into: into.id })
      .whenAsksAreAnswered()
      .story.when(clerk, 'reopen', { reasonCode: 'recurred' })
      .thenRefused('MERGED');
  });
});
