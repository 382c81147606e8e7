import { closed, filed, people, received, reported, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, seat, citizen, evaluator } = people;
const call = { channel: 'hotline-12345', reporter: { wantsReply: true } } as const;
const idsOf = (told: ReturnType<typeof story>) => told.incident.demands.map((d) => d.id);

describe('withdrawing', () => {
  it('ends the case from every stage and stops every clock', () => {
    const stages = [
      ['intake', reported()],
      ['dispatch', filed()],
      ['handling', received()],
      [
        'verification',
        received()
          .give(people.roadsMember, 'finish', { result: 'explained' })
          .give(people.roadsLeader, 'confirm'),
      ],
    ] as const;
    for (const [stage, from] of stages) {
      const told = from
        .when(clerk, 'withdraw')
        .thenEmits(`${stage}.withdrawn`, 'archive.evaluated');
      expect(told.incident).toMatchObject({ status: 'withdrawn', outcome: 'withdrawn' });
      expect(Object.values(told.incident.clocks).every((c) => c.stoppedAt !== undefined)).toBe(
        true,
      );
    }
    closed().when(clerk, 'withdraw').thenRefused('INCIDENT_ENDED');
  });

  it('is the citizen’s own right, for their own report', () => {
    const own = story().report({}, people.citizen);
    own.when(people.otherCitizen, 'withdraw').thenRefused('INCIDENT_NOT_FOUND');
    own.when(people.citizen, 'withdraw').thenState({ status: 'withdrawn' });
  });

  it('takes one caller out while others wait, and ends the case with the last', () => {
    const told = filed().give(seat, 'supplement', call);
    const [first, second] = idsOf(told);
    told.when(clerk, 'withdraw').thenRefused('DEMAND_MISSING');
    told.when(clerk, 'withdraw', { demandId: 'x' }).thenRefused('DEMAND_UNKNOWN');
    const one = told
      .when(clerk, 'withdraw', { demandId: second, reasonCode: 'solved-itself' })
      .thenEmits('dispatch.demand-withdrawn');
    expect(idsOf(one)).toEqual([first]);
    expect(one.incident.status).toBe('to-dispatch');
    expect(one.events.at(-1)?.data).toMatchObject({
      demandId: second,
      reasonCode: 'solved-itself',
    });
    const key = { key: 'k-1' };
    const none = one.when(clerk, 'withdraw', {}, key).thenState({ status: 'withdrawn' });
    expect(none.events.at(-2)?.data).toMatchObject({ demandId: first });
    none.when(clerk, 'withdraw', {}, key).thenEmits();
  });

  it('takes its upstream due with it', () => {
    const due = { upstreamDueAt: '2026-03-02T12:00:00+08:00' };
    const told = filed().give(seat, 'supplement', { ...call, ...due });
    const [, second] = idsOf(told);
    expect(told.incident.clocks['end-to-end']?.basis).toBe(`upstream:${second}`);
    const left = told.give(clerk, 'withdraw', { demandId: second });
    expect(left.incident.clocks['end-to-end']).toMatchObject({
      dueAt: filed().incident.clocks['end-to-end']?.dueAt,
    });
    expect(left.incident.clocks['end-to-end']?.bound).toBeUndefined();
  });

  it('names a reason of the list, if any', () => {
    filed().when(clerk, 'withdraw', { reasonCode: 'mood' }).thenRefused('REASON_UNKNOWN');
  });

  it('of a citizen leaves the other callers theirs', () => {
    const told = story().report({}, citizen).give(seat, 'supplement', call);
    const [own, other] = idsOf(told);
    told.when(citizen, 'withdraw', { demandId: other }).thenRefused('DEMAND_OF_ANOTHER');
    const left = told.when(citizen, 'withdraw').thenEmits('intake.demand-withdrawn');
    expect(idsOf(left)).toEqual([other]);
    expect(own).not.toBe(other);
    left.when(citizen, 'withdraw').thenRefused('DEMAND_OF_ANOTHER');
    left.when(seat, 'withdraw').thenState({ status: 'withdrawn' });
  });

  it('is for the centres that answer for it, and for who reported it', () => {
    const atWest = story().report({}, people.westGrid);
    atWest.when(seat, 'withdraw').thenRefused('NOT_PERMITTED');
    atWest.when(people.westClerk, 'withdraw').thenState({ status: 'withdrawn' });
  });

  it('still ends a case whose last caller left with a merge that was undone', () => {
    const main = reported();
    const part = main.report({ categoryCode: 'C01-02' });
    const merged = part.give(clerk, 'merge', { into: main.id }).whenAsksAreAnswered().story;
    const into = merged.about(main.id);
    const alone = into.give(clerk, 'withdraw', { demandId: idsOf(into)[0] ?? '' });
    const undone = alone
      .about(part.id)
      .give(clerk, 'unmerge', { text: '并非同一问题' })
      .whenAsksAreAnswered()
      .story.about(main.id);
    expect(undone.incident).toMatchObject({ status: 'reported', demands: [] });
    undone.give(clerk, 'withdraw').when(evaluator, 'archive').thenState({ outcome: 'withdrawn' });
  });
});
