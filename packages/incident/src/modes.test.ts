import { assigned, filed, people, testPack } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { A, active, B, clockOf, local, nudged, policy, replans } from '../test/modes-fixture.ts';
import { compilePolicy } from './index.ts';

const { dispatcher, roadsLeader, roadsMember } = people;

describe('a mode that plans open clocks anew', () => {
  const held = assigned();
  const flood = policy(active());

  it('changes the limit of what runs when it begins, once, and names itself', () => {
    const began = nudged(held.under(flood).at(local('09:40')));
    expect(replans(began)).toEqual(['2026-03-02T01:30:00.000Z']);
    expect(clockOf(began)).toMatchObject({ mode: A, basis: clockOf(held).basis });
    expect(clockOf(began).limit.amount).toBe(clockOf(held).limit.amount / 2);
    expect(clockOf(began).dueAt < clockOf(held).dueAt).toBe(true);
    expect(replans(nudged(nudged(began.later(5)).later(5)))).toHaveLength(1);
  });

  it('gives the ordinary limits back when it ends, with nobody saying so', () => {
    const short = policy(active({}, { until: '2026-03-02T02:30:00.000Z' }));
    const began = nudged(held.under(short).at(local('09:40')));
    const ended = nudged(began.at(local('10:30')));
    expect(replans(ended)).toEqual(['2026-03-02T01:30:00.000Z', '2026-03-02T02:30:00.000Z']);
    expect(clockOf(ended)).toMatchObject({
      dueAt: clockOf(held).dueAt,
      limit: clockOf(held).limit,
    });
    expect(clockOf(ended).mode).toBeUndefined();
    expect(clockOf(ended).extensions).toBeUndefined();
  });

  it('comes out the same whenever the custodian hears of it', () => {
    const inTime = nudged(nudged(held.under(flood).at(local('09:31'))).at(local('12:01')));
    const late = nudged(held.under(flood).at(local('12:01')));
    expect(replans(late)).toEqual(replans(inTime));
    const { epoch: _a, ...one } = clockOf(inTime);
    const { epoch: _b, ...other } = clockOf(late);
    expect(other).toEqual(one);
  });

  it('marks by what was in force when the clock came due', () => {
    // Filed at 09:00: 15 minutes to dispatch, three times as many from 09:10 to 09:50.
    const slow = active(
      { limits: [{ id: 'slow', clocks: ['dispatch'], factor: 3 }] },
      { from: '2026-03-02T01:10:00.000Z', until: '2026-03-02T01:50:00.000Z' },
    );
    const waiting = filed().under(policy(slow));
    expect(nudged(waiting.at(local('09:44'))).types).not.toContain('dispatch.clock-overdue');
    const late = nudged(waiting.at(local('11:00')));
    const marked = late.events.find((e) => e.type === 'dispatch.clock-overdue');
    expect(marked?.occurredAt).toBe('2026-03-02T01:45:00.000Z');
  });

  it('leaves alone what is marked, what has stopped and what lies elsewhere', () => {
    const marked = nudged(filed().at(local('09:20')));
    expect(clockOf(marked, 'dispatch').redAt).toBeDefined();
    const began = nudged(marked.under(flood).at(local('09:40')));
    expect(clockOf(began, 'dispatch')).toEqual(clockOf(marked, 'dispatch'));
    expect(clockOf(began, 'accept').mode).toBeUndefined();
    const elsewhere = policy(active({}, { areas: ['310110012'] }));
    expect(replans(nudged(held.under(elsewhere).at(local('09:40'))))).toEqual([]);
    const here = policy(active({}, { areas: ['310110019'] }));
    expect(replans(nudged(held.under(here).at(local('09:40'))))).toHaveLength(1);
  });

  it('leaves the least share of the new limit, so that nobody is late at once', () => {
    const hard = (leastShare: number) =>
      policy(
        active(
          { leastShare, limits: [{ id: 'x', clocks: ['handle'], limit: '10分钟' }] },
          { from: '2026-03-02T02:00:00.000Z' },
        ),
      );
    const pressed = nudged(held.under(hard(0.5)).at(local('10:00')));
    // 10 minutes from 09:00 on are gone; half of them are left.
    expect(clockOf(pressed).dueAt).toBe('2026-03-02T02:05:00.000Z');
    expect(clockOf(pressed).extensions).toMatchObject([{ mode: true }]);
    const hardest = nudged(held.under(hard(0)).at(local('10:00')));
    expect(hardest.types).toContain('handling.clock-overdue');
    // What was given for it is taken back when the mode ends.
    const ended = nudged(nudged(held.under(hard(0.5)).at(local('10:01'))).at(local('12:01')));
    expect(ended.types).toContain('handling.clock-overdue');
  });

  it('never returns to a due that lies behind: the least share counts from the end of the mode', () => {
    const slow = active(
      { limits: [{ id: 'slow', clocks: ['dispatch'], factor: 20 }] },
      { from: '2026-03-02T01:10:00.000Z' },
    );
    const ended = nudged(filed().under(policy(slow)).at(local('12:01')));
    expect(ended.types).not.toContain('dispatch.clock-overdue');
    // A quarter of 15 minutes from 12:00 on.
    expect(clockOf(ended, 'dispatch').dueAt).toBe('2026-03-02T04:03:45.000Z');
  });

  it('keeps pauses: who stood still loses nothing, and goes on under the mode', () => {
    const returned = held
      .give(roadsMember, 'receive')
      .later(10)
      .give(roadsLeader, 'return', { reasonCode: 'not-our-duty' });
    expect(clockOf(returned).pausedAt).toBeDefined();
    const began = nudged(returned.under(flood).at(local('09:40')));
    expect(clockOf(began)).toMatchObject({ mode: A, pausedAt: clockOf(returned).pausedAt });
    expect(clockOf(began).remainingMs).toBeLessThan(clockOf(returned).remainingMs ?? 0);
    const ended = nudged(began.at(local('12:01')));
    expect(clockOf(ended).remainingMs).toBe(clockOf(returned).remainingMs);
    expect(ended.incident.pauses).toEqual(returned.incident.pauses);
  });

  it('meets a newer catalogue half way: the new limit, under the mode', () => {
    const began = nudged(held.under(flood).at(local('09:40')));
    const catalogue = testPack.catalogue.map((category) => ({
      ...category,
      standards: category.standards.map((row) => ({
        ...row,
        limit: { text: '8工作时', limit: { amount: 8, unit: 'work-hour' as const } },
      })),
    }));
    const newer = compilePolicy({ ...testPack, catalogue }, 3, 3, [active()]);
    const after = nudged(began.under(newer).at(local('09:45')));
    expect(clockOf(after)).toMatchObject({ mode: A, limit: { amount: 4, unit: 'work-hour' } });
  });
});

describe('a mode that keeps open clocks', () => {
  const guard = policy(active({ openClocks: 'keep' }));

  it('is about clocks that start while it is on, and stays with them', () => {
    const waiting = filed().under(guard);
    expect(replans(nudged(waiting.at(local('09:31'))))).toEqual([]);
    const told = waiting.at(local('09:32')).give(dispatcher, 'assign', { unitId: 'roads' });
    expect(clockOf(told).mode).toBe(A);
    const ended = nudged(told.at(local('12:01')));
    const { dueAt, limit, mode } = clockOf(told);
    expect(clockOf(ended)).toMatchObject({ dueAt, limit, mode });
    const later = waiting.at(local('12:01')).give(dispatcher, 'assign', { unitId: 'roads' });
    expect(clockOf(later).mode).toBeUndefined();
  });

  it('reaches a clock that started before its custodian heard of it', () => {
    const unheard = filed().at(local('09:35')).give(dispatcher, 'assign', { unitId: 'roads' });
    const heard = filed()
      .under(guard)
      .at(local('09:35'))
      .give(dispatcher, 'assign', { unitId: 'roads' });
    const told = nudged(unheard.under(guard).later(1));
    expect(replans(told)).toEqual(['2026-03-02T01:35:00.000Z']);
    expect(clockOf(told).dueAt).toBe(clockOf(heard).dueAt);
  });

  it('stays with its clocks when the policy no longer tells of it', () => {
    const told = filed()
      .under(guard)
      .at(local('09:32'))
      .give(dispatcher, 'assign', { unitId: 'roads' });
    const other = policy(active({ openClocks: 'keep' }, { id: B, areas: ['310110012'] }));
    expect(clockOf(nudged(told.under(other).later(5)))).toEqual(clockOf(told));
  });
});

describe('two modes at once', () => {
  const first = active();
  const second = active(
    { id: 'guard', limits: [{ id: 'x', clocks: ['handle'], limit: '3工作时' }] },
    {
      id: B,
      approvedAt: '2026-03-02T01:40:00.000Z',
      from: '2026-03-02T01:40:00.000Z',
      until: '2026-03-02T02:30:00.000Z',
    },
  );

  it('has the later approved win for each limit it sets, and the other for the rest', () => {
    const told = nudged(assigned().under(policy(first, second)).at(local('09:45')));
    expect(clockOf(told).mode).toBe(B);
    expect(clockOf(told, 'end-to-end').mode).toBe(A);
    const back = nudged(told.at(local('10:31')));
    expect(clockOf(back).mode).toBe(A);
    expect(policy(second, first).modes.map(({ id }) => id)).toEqual([B, A]);
  });
});

describe('routing rows of a mode', () => {
  it('come before the district’s while it is on, on its ground', () => {
    const routing = [
      // biome-ignore lint/suspicious/noThenProperty: the word of the pack; never awaited
      { id: 'flood-all', when: {}, then: { level: 'district', unitId: 'roads' }, reason: '抢险' },
    ];
    const flooded = policy(active({ limits: [], routing }, { areas: ['310110019'] }));
    const facts = { channel: 'grid-worker', urgency: 'normal', area: '310110019' } as const;
    const at = (time: string, area = '310110019') =>
      flooded.suggest({ ...facts, area }, area, Date.parse(local(time)))?.ruleId;
    expect(at('09:29')).not.toBe('flood-all');
    expect(at('09:30')).toBe('flood-all');
    expect(at('09:30', '310110012')).not.toBe('flood-all');
    expect(at('12:00')).not.toBe('flood-all');
  });
});
