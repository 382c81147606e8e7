import {
  assigned,
  closed,
  confirmed,
  filed,
  finished,
  people,
  received,
  reported,
  returned,
  type Story,
  story,
  testPack,
} from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';

const { clerk, dispatcher, supervisor, otherSupervisor, roadsLeader, roadsMember, verifier } =
  people;
const handle = (told: Story) => told.incident.clocks.handle;
const until = '2026-03-10T18:00:00+08:00';
const suspended = (from: Story = received(), body: object = {}): Story =>
  from
    .give(roadsMember, 'request-suspension', { until, kind: 'funds', ...body })
    .give(roadsLeader, 'decide-suspension', { decision: 'grant' })
    .give(supervisor, 'decide-suspension', { decision: 'grant' });
/** What people complain of where somebody has to agree. */
describe('“an application stops the clock”', () => {
  const asked = received()
    .at('2026-03-02T14:30:00+08:00')
    .give(roadsMember, 'request-suspension', { until, kind: 'funds' });
  const decide = (told: Story) =>
    told
      .give(roadsLeader, 'decide-suspension', { decision: 'grant' })
      .give(supervisor, 'decide-suspension', { decision: 'grant' });

  it('pending it stops nothing: the clock turns red', () => {
    expect(handle(asked.at('2026-03-02T15:30:00+08:00').whenNudged().story)?.redAt).toBeDefined();
  });

  it('granted it counts from when it was asked for, and what was marked since is taken back', () => {
    const late = asked.at('2026-03-02T17:00:00+08:00').whenNudged().story;
    const told = decide(late);
    expect(told.incident.pauses).toMatchObject([
      {
        from: '2026-03-02T06:30:00.000Z',
        by: 'roads-member',
        approvedBy: ['roads-leader', 'supervisor'],
      },
    ]);
    expect(handle(told)).toMatchObject({ pausedAt: '2026-03-02T06:30:00.000Z' });
    expect(handle(told)?.redAt).toBeUndefined();
    const on = told.at(until).whenNudged().story;
    // One of the four hours was left.
    expect(handle(on)?.dueAt).toBe('2026-03-10T11:00:00.000Z');
  });
});

describe('“挂账 was granted wrongly, and nobody can take it back”', () => {
  const revoke = (told: Story, by = otherSupervisor) =>
    told.when(by, 'revoke-pause', {
      pauseId: told.incident.pauses[0]?.id ?? '',
      text: '并无资金问题',
    });

  it('strikes it while it runs: the incident is handled again, and may be late at once', () => {
    const told = revoke(suspended().at('2026-03-03T09:00:00+08:00')).thenEmits(
      'handling.pause-revoked',
    );
    expect(told.incident.status).toBe('handling');
    expect(handle(told)).toMatchObject({ dueAt: handle(received())?.dueAt });
    expect(handle(told)?.pausedAt).toBeUndefined();
    expect(told.incident.pauses).toMatchObject([
      { kind: 'suspension', revokedBy: 'other-supervisor', revokedAt: '2026-03-03T01:00:00.000Z' },
    ]);
    const marked = told.later(1).whenNudged().story;
    expect(handle(marked)?.redAt).toBe(handle(received())?.dueAt);
  });

  it('strikes it afterwards: the verdict is judged anew, the former one stays to be seen', () => {
    const resumed = suspended().at('2026-03-03T09:00:00+08:00').give(dispatcher, 'resume');
    const done = confirmed(finished(resumed));
    expect(handle(done)?.verdict).toBe('on-time');
    const told = revoke(done).thenEmits('verification.pause-revoked');
    expect(handle(told)).toMatchObject({ verdict: 'late', struck: { verdict: 'on-time' } });
    expect(told.incident.everLate).toBe(true);
    const end = told.give(verifier, 'check', { outcome: 'pass' });
    expect(end.incident.closing?.onTime).toBe(false);
  });

  it('is for a shift supervisor of the centre that granted it, once, while the incident is open', () => {
    const told = suspended();
    const text = '有误';
    const pauseId = told.incident.pauses[0]?.id ?? '';
    told.when(dispatcher, 'revoke-pause', { pauseId, text }).thenRefused('NOT_PERMITTED');
    told.when(supervisor, 'revoke-pause', { pauseId }).thenRefused('OPINION_MISSING');
    told.when(supervisor, 'revoke-pause', { pauseId: 'x', text }).thenRefused('PAUSE_UNKNOWN');
    const gone = revoke(told).story;
    gone.when(supervisor, 'revoke-pause', { pauseId, text }).thenRefused('PAUSE_REVOKED');
    const away = returned();
    const ruling = away.incident.pauses[0]?.id ?? '';
    away
      .when(supervisor, 'revoke-pause', { pauseId: ruling, text })
      .thenRefused('PAUSE_NOT_GRANTED');
    const ended = closed(confirmed(finished(told.give(dispatcher, 'resume'))));
    ended.when(supervisor, 'revoke-pause', { pauseId, text }).thenRefused('INCIDENT_ENDED');
  });

  it('bad weather stops the unit, never the whole', () => {
    const told = suspended(received(), { pause: 'weather' });
    expect(told.incident.pauses).toMatchObject([{ kind: 'weather' }]);
    expect(handle(told)?.pausedAt).toBeDefined();
    expect(told.incident.clocks['end-to-end']?.pausedAt).toBeUndefined();
  });
});

describe('“先派后补 is never completed”', () => {
  const pending = reported().give(supervisor, 'file', { categoryCode: 'C01-02', pending: true });

  it('has a clock of its own, stopped by the row', () => {
    expect(pending.incident.clocks.accept).toMatchObject({
      basis: 'default:complete-filing',
      dueAt: '2026-03-02T01:30:00.000Z',
    });
    const late = pending
      .later(31)
      .give(clerk, 'amend', { standardId: 'C01-02.1', reasonCode: 'standard-completed' });
    expect(late.incident.clocks.accept).toMatchObject({ verdict: 'late' });
  });
});

describe('“the unit was in time, the city was late”', () => {
  const at = (upstreamDueAt: string) =>
    assigned(
      filed(
        story().report(
          { categoryCode: 'C01-02', upstreamDueAt, externalNumber: '12345-1' },
          people.seat,
        ),
      ),
    );

  it('the unit is due before upstream by the centre’s reserve, and its clock says why', () => {
    const told = at('2026-03-02T17:00:00+08:00');
    // 4 working hours of an office before 17:00.
    expect(handle(told)).toMatchObject({
      dueAt: '2026-03-02T03:00:00.000Z',
      bound: { ownBasis: 'standard:C01-02.1' },
    });
    expect(handle(told)?.basis).toMatch(/^reserve:/);
  });

  it('a later call that has to be answered earlier binds it anew', () => {
    const told = received().later(10).give(people.seat, 'supplement', {
      channel: 'hotline-12345',
      upstreamDueAt: '2026-03-02T17:00:00+08:00',
    });
    expect(handle(told)?.dueAt).toBe('2026-03-02T03:00:00.000Z');
    const demandId = told.incident.demands.at(-1)?.id ?? '';
    const freed = told.give(clerk, 'withdraw', { demandId });
    expect(handle(freed)?.dueAt).toBe(handle(received())?.dueAt);
  });

  it('the unit’s own limit of the row comes before the row’s', () => {
    const text = { text: '2工作时', limit: { amount: 2, unit: 'work-hour' as const } };
    const units = testPack.units.map((unit) =>
      unit.id === 'roads' ? { ...unit, limits: { 'C01-02.1': text } } : unit,
    );
    const policy = compilePolicy({ ...testPack, units }, 2);
    expect(handle(assigned(filed().under(policy)))).toMatchObject({
      basis: 'unit:roads:standard:C01-02.1',
      dueAt: '2026-03-02T03:00:00.000Z',
    });
    // Open clocks follow the chain when the unit's own limit is new in the pack.
    expect(handle(assigned().under(policy).whenNudged().story)?.basis).toBe(
      'unit:roads:standard:C01-02.1',
    );
  });
});
