import { filed, filedInWest, people, received, reported, type story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { attribute, rounds } from './index.ts';

type Told = ReturnType<typeof story>;
const MINUTE = 60_000;

const now = (told: Told) => rounds(told.events, told.world.nowMs);
/** What each holder used of the last round, minutes. */
const minutes = (told: Told) =>
  Object.fromEntries(
    now(told)
      .at(-1)
      ?.parts.map(({ holder, ms }) => [holder, ms / MINUTE]) ?? [],
  );
const late = (told: Told) =>
  Object.fromEntries(
    now(told)
      .at(-1)
      ?.parts.map(({ holder, lateMs }) => [holder, lateMs / MINUTE]) ?? [],
  );

describe('the time of an incident', () => {
  it('is split by whose turn it was: centres by level, the unit, those who check', () => {
    const told = received(
      filed(reported().later(5))
        .later(10)
        .give(people.dispatcher, 'pass-down', { centreId: '310110019' })
        .later(20)
        .give(people.westDispatcher, 'escalate', { kind: 'not-our-area' })
        .later(1)
        .give(people.dispatcher, 'assign', { unitId: 'roads' })
        .later(30),
    )
      .later(60)
      .give(people.roadsMember, 'finish', { result: 'resolved', attachments: ['after-1'] })
      .later(15)
      .give(people.roadsLeader, 'confirm')
      .later(25)
      .give(people.verifier, 'check', { outcome: 'pass' })
      .later(500);
    expect(minutes(told)).toEqual({
      district: 16,
      subdistrict: 20,
      unit: 105,
      verification: 25,
    });
    expect(now(told)).toHaveLength(1);
    expect(now(told)[0]?.wholeMs).toBe(166 * MINUTE);
    expect(attribute(told.incident, told.world.nowMs)).toEqual(now(told)[0]);
  });

  it('names the centres and units, in the order they had it', () => {
    const told = filed(reported().later(5))
      .later(10)
      .give(people.dispatcher, 'pass-down', { centreId: '310110019' })
      .later(20);
    expect(now(told)[0]?.parts.flatMap(({ by }) => by.map(({ id }) => id))).toEqual([
      '310110',
      '310110019',
    ]);
  });

  it('is waiting while a suspension stands, and the unit’s again from its end, not from its record', () => {
    const told = received()
      .later(60)
      .give(people.roadsMember, 'request-suspension', {
        until: '2026-03-05T09:00:00+08:00',
        kind: 'funds',
        text: '等待拨款',
      })
      .give(people.roadsLeader, 'decide-suspension', { decision: 'grant' })
      .give(people.supervisor, 'decide-suspension', { decision: 'grant' })
      .at('2026-03-05T10:00:00+08:00');
    expect(minutes(told)).toEqual({ unit: 60 + 60, waiting: 2 * 24 * 60 + 23 * 60 });
  });

  it('lays a ruling that only the district may give to the district', () => {
    const back = { reasonCode: 'not-our-duty', text: '不是我们的路' };
    let told = filedInWest().give(people.westDispatcher, 'assign', { unitId: 'west-cleaning' });
    const rulers = [people.westDispatcher, people.westSupervisor];
    for (const unitId of ['west-enforcement', 'west-cleaning', 'west-office']) {
      const leader =
        told.incident.assignment?.unitId === 'west-cleaning'
          ? people.westCleaningLeader
          : people.westEnforcementLeader;
      told = told.give(leader, 'return', back).later(30);
      const ruler = rulers[told.incident.counters.returns - 1] ?? people.supervisor;
      told = told.give(ruler, 'rule-return', { ruling: 'reassign', unitId, fault: 'misdispatch' });
    }
    expect(minutes(told)).toMatchObject({ district: 30, subdistrict: 60 });
  });
});

describe('the lateness of an incident', () => {
  it('is what passed after the whole was due, split the same way', () => {
    const told = received()
      .at('2026-04-30T18:00:00+08:00')
      .whenNudged()
      .story.give(people.roadsMember, 'finish', { result: 'resolved', attachments: ['after-1'] })
      .later(10)
      .give(people.roadsLeader, 'confirm')
      .later(5)
      .give(people.verifier, 'check', { outcome: 'pass' });
    const round = now(told)[0];
    const dueMs = Date.parse(round?.dueAt ?? '');
    expect(round?.lateMs).toBe(Date.parse('2026-04-30T18:15:00+08:00') - dueMs);
    expect(late(told)).toEqual({
      unit: (Date.parse('2026-04-30T18:10:00+08:00') - dueMs) / MINUTE,
      verification: 5,
    });
  });

  it('is none of an incident that was in time', () => {
    expect(now(received().later(1))[0]?.lateMs).toBe(0);
  });
});

describe('a round', () => {
  it('begins anew with a reopening: the time in between is nobody’s', () => {
    const told = received()
      .later(60)
      .give(people.roadsMember, 'finish', { result: 'resolved', attachments: ['after-1'] })
      .give(people.roadsLeader, 'confirm')
      .give(people.verifier, 'check', { outcome: 'pass' })
      .later(1_000)
      .give(people.clerk, 'reopen', { reasonCode: 'recurred' })
      .later(7);
    expect(now(told).map(({ wholeMs }) => wholeMs / MINUTE)).toEqual([60, 7]);
    expect(minutes(told)).toEqual({ district: 7 });
  });
});
