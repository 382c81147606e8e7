import { commandsFor, compilePolicy } from '@cityloop/incident';
import {
  confirmed,
  filed,
  finished,
  people,
  received,
  returned,
  type Story,
  testPack,
  testPolicy,
} from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, dispatcher, supervisor, roadsMember, roadsLeader, greeningLeader } = people;
const NAME = 'assist:greening';
/** Four working hours from nine: the office closes longer at noon than the field does. */
const DUE = { greening: '2026-03-02T07:00:00.000Z', roads: '2026-03-02T07:30:00.000Z' };
const done = { result: 'resolved' } as const;

const assisted = (from: Story = filed()): Story =>
  from.give(dispatcher, 'assign', {
    unitId: 'roads',
    assists: [{ unitId: 'greening', task: '移树' }],
  });
const working = (): Story => received(assisted()).give(greeningLeader, 'receive');
const helped = (from: Story = working()): Story => from.give(greeningLeader, 'finish', done);
const clock = (told: Story) => told.incident.clocks[NAME];
const marksOf = (told: Story) =>
  told.events.flatMap((e) =>
    e.type === 'handling.clock-overdue' ? [[e.data.clock, e.occurredAt]] : [],
  );

describe('the clock of an assisting unit', () => {
  it('runs from the assignment on, by the standard row and its own calendar', () => {
    const told = assisted();
    expect(clock(told)).toMatchObject({
      calendar: 'office',
      basis: 'standard:C01-02.1',
      startedAt: '2026-03-02T01:00:00.000Z',
      dueAt: DUE.greening,
    });
    expect(told.incident.clocks.handle).toMatchObject({ calendar: 'field', dueAt: DUE.roads });
  });

  it('stops when the unit has finished its part, and the lead’s goes on', () => {
    const told = helped(working().later(60));
    expect(clock(told)).toMatchObject({
      stoppedAt: '2026-03-02T02:00:00.000Z',
      verdict: 'on-time',
    });
    expect(told.events.at(-1)?.data.clocks).toEqual({ [NAME]: clock(told) });
    expect(told.incident.clocks.handle?.stoppedAt).toBeUndefined();
    told.at('2026-03-02T15:00:00+08:00').whenNudged().thenEmits('handling.clock-warned');
  });

  it('turns red once, in due order, also after a sleep through it, and tells who was late', () => {
    const told = working()
      .at('2026-03-03T09:00:00+08:00')
      .when(greeningLeader, 'finish', done)
      .thenEmits(
        ...['handling.clock-warned', 'handling.clock-warned'],
        ...['handling.clock-overdue', 'handling.clock-overdue', 'handling.finished'],
      );
    expect(marksOf(told)).toEqual([
      [NAME, DUE.greening],
      ['handle', DUE.roads],
    ]);
    expect(clock(told)).toMatchObject({ redAt: DUE.greening, verdict: 'late' });
    told.whenNudged().thenEmits();
    const warned = assisted().at('2026-03-02T14:59:59+08:00').whenNudged();
    // Nobody has received it; then the one who assists, and the lead.
    const nudged = warned
      .thenEmits(
        ...['handling.clock-warned', 'handling.clock-overdue'],
        ...['handling.clock-warned', 'handling.clock-warned'],
      )
      .at('2026-03-02T15:00:00+08:00');
    nudged.whenNudged().thenEmits('handling.clock-overdue').whenNudged().thenEmits();
  });

  it('is what the delay is charged to when the lead, who answers for the whole, has to wait', () => {
    const waiting = finished(working()).at('2026-03-02T16:00:00+08:00');
    waiting.when(roadsLeader, 'confirm').thenRefused('ASSISTS_OPEN');
    const told = confirmed(helped(waiting));
    expect(told.incident.clocks.handle?.verdict).toBe('late');
    expect(clock(told)?.verdict).toBe('late');
    const facts = told.give(people.verifier, 'check', { outcome: 'pass' }).events;
    expect(facts.find((e) => e.type === 'archive.evaluated')?.data).toMatchObject({
      facts: { late: [NAME, 'handle'], seconds: { [NAME]: 7 * 3600 } },
    });
  });

  it('stops with the case when that is withdrawn', () => {
    const told = working().give(clerk, 'withdraw');
    expect(clock(told)).toMatchObject({ verdict: 'on-time', stoppedAt: expect.any(String) });
  });
});

describe('what moves the clocks of handling', () => {
  it('suspension: all stand still and go on together, and nobody works meanwhile', () => {
    const until = '2026-03-04T09:00:00+08:00';
    const told = working()
      .later(60)
      .give(roadsLeader, 'request-suspension', { until, kind: 'funds' })
      .give(supervisor, 'decide-suspension', { decision: 'grant' });
    expect(clock(told)?.pausedAt).toBe('2026-03-02T02:00:00.000Z');
    expect(told.incident.pauses[0]?.clocks).toEqual(['handle', 'rework', 'end-to-end', NAME]);
    told.when(greeningLeader, 'finish', done).thenRefused('SUSPENDED');
    told.at('2026-03-03T20:00:00+08:00').whenNudged().thenEmits();
    const on = told.at(until).whenNudged().thenEmits('handling.resumed');
    // An hour was used up on Monday, the other three end at twelve on Wednesday.
    expect(clock(on)?.dueAt).toBe('2026-03-04T04:00:00.000Z');
  });

  it('suspension leaves out who has finished', () => {
    const told = helped()
      .give(roadsLeader, 'request-suspension', {
        until: '2026-03-04T09:00:00+08:00',
        kind: 'funds',
      })
      .give(supervisor, 'decide-suspension', { decision: 'grant' });
    expect(told.incident.pauses[0]?.clocks).toEqual(['handle', 'rework', 'end-to-end']);
  });

  it('extension: what the lead is granted holds for who works with it, but not once overdue', () => {
    const until = '2026-03-02T18:00:00+08:00';
    const asked = working().give(roadsLeader, 'request-extension', { until });
    const grant = (from: Story) => from.give(dispatcher, 'decide-extension', { decision: 'grant' });
    expect(clock(grant(asked))).toMatchObject({
      firstDueAt: DUE.greening,
      dueAt: '2026-03-02T10:00:00.000Z',
    });
    const late = grant(asked.at('2026-03-02T15:10:00+08:00'));
    expect(clock(late)).toMatchObject({ dueAt: DUE.greening, redAt: DUE.greening });
    expect(late.incident.clocks.handle?.dueAt).toBe('2026-03-02T10:00:00.000Z');
    const before = helped(asked);
    expect(clock(grant(before))).toEqual(clock(before));
  });

  it('extension: leaves alone whose own time lasts longer, though upstream binds it earlier', () => {
    const longer = { text: '2工作日', limit: { amount: 2, unit: 'work-day' as const } };
    const units = testPack.units.map((unit) =>
      unit.id === 'greening' ? { ...unit, limits: { 'C01-02.1': longer } } : unit,
    );
    const told = received(assisted(filed().under(compilePolicy({ ...testPack, units }, 2))))
      .give(people.seat, 'supplement', {
        channel: 'hotline-12345',
        upstreamDueAt: '2026-03-02T17:00:00+08:00',
      })
      .give(roadsLeader, 'request-extension', { until: '2026-03-02T18:00:00+08:00' });
    // A quarter of its two days; its own time ends on Tuesday evening.
    expect(clock(told)?.dueAt).toBe('2026-03-02T07:00:00.000Z');
    const granted = told
      .when(dispatcher, 'decide-extension', { decision: 'grant' })
      .thenState({ counters: { extensions: 1 } });
    expect(clock(granted)).toEqual(clock(told));
  });

  it('a newer policy and a corrected standard row plan the parts that are open anew', () => {
    const told = working()
      .under(testPolicy({ revision: 2, hours: 2 }))
      .whenNudged()
      .thenEmits('handling.replanned');
    expect(clock(told)?.dueAt).toBe('2026-03-02T03:00:00.000Z');
    const amended = (from: Story) =>
      from.give(dispatcher, 'amend', {
        reasonCode: 'category-wrong',
        categoryCode: 'H01-01',
        standardId: 'H01-01.1',
      });
    expect(clock(amended(working()))?.basis).toBe('standard:H01-01.1');
    expect(clock(amended(helped()))?.basis).toBe('standard:C01-02.1');
  });
});

describe('when the assignment ends, who assisted is out of it', () => {
  it('with the verdict and the reason in the event that ended it', () => {
    const early = returned(working());
    const late = working()
      .at('2026-03-02T15:10:00+08:00')
      .give(supervisor, 'recall', { reasonCode: 'wrong-unit' });
    for (const [told, verdict, reasonCode] of [
      [early, 'on-time', 'not-our-duty'],
      [late, 'late', 'wrong-unit'],
    ] as const) {
      const { data } = told.events.at(-1) ?? {};
      expect(data).toMatchObject({
        reasonCode,
        clocks: { [NAME]: { dueAt: DUE.greening, verdict, stoppedAt: expect.any(String) } },
      });
      expect(told.incident.pauses.at(-1)?.clocks).toEqual(['handle']);
      const marks = marksOf(told.at('2026-03-09T09:00:00+08:00').whenNudged().story);
      expect(marks.filter(([name]) => name === NAME)).toHaveLength(verdict === 'late' ? 1 : 0);
    }
    const before = helped();
    expect(clock(returned(before))).toEqual(clock(before));
  });

  it('also out of a suspension', () => {
    const told = working()
      .give(roadsLeader, 'request-suspension', {
        until: '2026-03-04T09:00:00+08:00',
        kind: 'funds',
      })
      .give(supervisor, 'decide-suspension', { decision: 'grant' })
      .at('2026-03-03T09:00:00+08:00')
      .give(supervisor, 'recall', { reasonCode: 'wrong-unit' });
    expect(clock(told)).toMatchObject({ verdict: 'on-time', dueAt: '2026-03-03T07:00:00.000Z' });
  });

  it('and begins anew when it is named again, by an assignment or a ruling', () => {
    const again = assisted(working().give(supervisor, 'recall', { reasonCode: 'wrong-unit' }));
    const assists = [{ unitId: 'greening', task: '移树' }];
    const ruled = returned(working()).later(60).give(dispatcher, 'rule-return', {
      ruling: 'reassign',
      fault: 'misdispatch',
      unitId: 'duty',
      assists,
    });
    expect(clock(again)).toMatchObject({ epoch: 2, dueAt: DUE.greening });
    expect(clock(again)?.stoppedAt).toBeUndefined();
    expect(clock(ruled)).toMatchObject({ epoch: 2, startedAt: '2026-03-02T02:00:00.000Z' });
    ruled.when(greeningLeader, 'finish', done).thenRefused('NOT_RECEIVED');
    returned()
      .when(dispatcher, 'rule-return', {
        ruling: 'reassign',
        fault: 'misdispatch',
        unitId: 'greening',
        assists,
      })
      .thenRefused('UNIT_TWICE');
  });
});

describe('rework', () => {
  const checked = (): Story => confirmed(finished(helped().later(60)));

  it('is the lead’s alone, unless it names who has to do their part again', () => {
    const alone = checked().give(people.verifier, 'check', {
      outcome: 'fail',
      text: '未做到位',
      cause: 'not-enough',
    });
    expect(clock(alone)?.stoppedAt).toBeDefined();
    confirmed(finished(alone)).whenNudged().thenState({ status: 'to-check' });
    const both = checked()
      .later(60)
      .give(people.verifier, 'check', {
        outcome: 'fail',
        text: '未做到位',
        cause: 'not-enough',
        assists: ['greening', 'greening'],
      });
    expect(both.events.at(-1)?.data).toMatchObject({ assists: ['greening'] });
    // All four hours were left; the two in which it lay at the check count nowhere.
    expect(clock(both)).toMatchObject({ epoch: 2, dueAt: '2026-03-02T09:00:00.000Z' });
    expect(clock(both)?.verdict).toBeUndefined();
    finished(both).when(roadsLeader, 'confirm').thenRefused('ASSISTS_OPEN');
    both
      .when(greeningLeader, 'finish', done)
      .thenState({ clocks: { [NAME]: { verdict: 'on-time' } } });
    checked()
      .when(clerk, 'order-rework', { cause: 'not-enough', assists: ['roads'] })
      .thenRefused('NOT_ASSISTING');
  });

  it('that is in time does not wash off that the first time was late', () => {
    const late = helped(working().at('2026-03-02T15:10:00+08:00'));
    const told = confirmed(finished(late))
      .give(clerk, 'order-rework', { cause: 'not-enough', assists: ['greening'] })
      .give(greeningLeader, 'finish', done);
    expect(clock(told)?.verdict).toBe('on-time');
    const closed = confirmed(finished(told)).give(people.verifier, 'check', { outcome: 'pass' });
    const facts = closed.events.find((e) => e.type === 'archive.evaluated');
    expect(facts?.data).toMatchObject({ facts: { late: [NAME], onTime: true } });
  });
});

describe('what an assisting unit is offered', () => {
  it('is its own part, by its own receipt, whatever the lead has done', () => {
    const work = ['receive', 'contact', 'finish', 'confirm', 'return', 'request-extension'];
    const offered = (told: Story, person = greeningLeader) =>
      commandsFor(person, told.incident).filter((verb) => work.includes(verb));
    expect(offered(assisted())).toEqual(['receive']);
    expect(offered(received(assisted()))).toEqual(['receive']);
    expect(offered(assisted().give(greeningLeader, 'receive'))).toEqual(['contact', 'finish']);
    expect(offered(finished(working()))).toEqual(['contact', 'finish']);
    expect(offered(helped())).toEqual([]);
    expect(commandsFor(greeningLeader, helped().incident)).toContain('note');
    expect(offered(working(), roadsMember)).toEqual(['contact', 'request-extension', 'finish']);
    expect(offered(finished(working()), roadsLeader)).toEqual(['confirm']);
  });
});
