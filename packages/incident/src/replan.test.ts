import type { Clock } from '@cityloop/calendar';
import type { DistrictPack } from '@cityloop/contracts';
import { assigned, filed, people, received, reported, story, testPack } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';

const { holidays } = testPack.calendars;
const noticeOf2027 = {
  ...holidays,
  knownThrough: 2027,
  holidays: [...holidays.holidays, '2027-01-01'],
  workdays: [...holidays.workdays, '2027-01-09'],
};

/** The policy with another holiday table, as its second revision. */
const under = (table: DistrictPack['calendars']['holidays'], revision = 2) =>
  compilePolicy({ ...testPack, calendars: { ...testPack.calendars, holidays: table } }, revision);

const next = under(noticeOf2027);

/** The clock of the whole, twenty working days, of an incident reported on 14 December 2026. */
const december = () => reported(story().at('2026-12-14T09:00:00+08:00'));
const whole = (told: ReturnType<typeof story>): Clock => {
  const clock = told.incident.clocks['end-to-end'];
  if (clock === undefined) throw new Error('the clock of the whole runs from the report on');
  return clock;
};

describe('next year’s notice', () => {
  it('recomputes a provisional deadline over New Year, as an event; the first result is kept', () => {
    const before = december();
    expect(whole(before)).toMatchObject({ dueAt: '2027-01-11T01:00:00.000Z', provisional: true });

    const told = before.under(next).whenNudged().thenEmits('intake.replanned');
    const after = whole(told);
    // Friday 1 January is closed now, Saturday the 9th is worked: the same Monday, and certain.
    expect(after).toMatchObject({ dueAt: '2027-01-11T01:00:00.000Z', revision: 2 });
    expect(after.provisional).toBeUndefined();
    expect(after.firstDueAt).toBe(whole(before).firstDueAt);
    expect(told.incident.policyRevision).toBe(2);
    told.whenNudged().thenEmits();
  });

  it('moves the deadline where the days differ, in a new epoch', () => {
    const closed = under({ ...noticeOf2027, workdays: holidays.workdays });
    const before = december();
    const told = before.under(closed).whenNudged().thenEmits('intake.replanned');
    expect(whole(told)).toMatchObject({
      dueAt: '2027-01-12T01:00:00.000Z',
      firstDueAt: '2027-01-11T01:00:00.000Z',
      epoch: whole(before).epoch + 1,
    });
    expect(told.incident.clocks.accept).toEqual(before.incident.clocks.accept);
  });

  it('leaves alone what does not reach beyond the known years', () => {
    const spring = reported(story().at('2026-03-02T09:00:00+08:00'));
    spring.under(next).whenNudged().thenEmits();
  });

  it('recomputes what is left of a clock that is paused, and it runs on with that', () => {
    const until = '2026-12-30T09:00:00+08:00';
    const suspended = received(assigned(filed(december())))
      .give(people.roadsLeader, 'request-suspension', { until, kind: 'funds' })
      .give(people.supervisor, 'decide-suspension', { decision: 'grant' });
    const paused = whole(suspended);
    expect(paused).toMatchObject({ provisional: true, pausedAt: expect.any(String) });
    const closed = under({ ...noticeOf2027, holidays: [...noticeOf2027.holidays, '2027-01-04'] });
    const told = suspended.under(closed).whenNudged().story;
    expect(told.types.at(-1)).toBe('handling.replanned');
    // One open day fewer to the old instant: it moves, and what is left stays what it was.
    expect(whole(told)).toMatchObject({
      remainingMs: paused.remainingMs,
      dueAt: '2027-01-12T01:00:00.000Z',
      pausedAt: paused.pausedAt,
    });
    const resumed = told.at('2026-12-30T09:00:01+08:00').whenNudged().story;
    expect(whole(resumed).provisional).toBeUndefined();
    expect(whole(resumed).dueAt > whole(told).dueAt).toBe(true);
  });

  it('leaves a clock bound by an upstream due where that is, and warns by the new days', () => {
    const upstreamDueAt = '2027-01-05T12:00:00+08:00';
    const bound = story()
      .at('2026-12-14T09:00:00+08:00')
      .report({ channel: 'hotline-12345', externalNumber: 'HB-1', upstreamDueAt });
    expect(whole(bound).dueAt).toBe('2027-01-05T04:00:00.000Z');
    const told = bound.under(next).whenNudged().story;
    expect(whole(told)).toMatchObject({ dueAt: whole(bound).dueAt, bound: whole(bound).bound });
    // With a day less to work in, four fifths of the time are up earlier.
    expect([whole(bound).warnAt, whole(told).warnAt]).toEqual([
      '2026-12-31T01:48:00.000Z',
      '2026-12-30T03:24:00.000Z',
    ]);
  });

  it('takes an amber mark back only where its instant moves', () => {
    const amber = december().at('2027-01-06T09:00:00+08:00').whenNudged().story;
    expect(whole(amber).amberAt).toBe('2027-01-05T01:00:00.000Z');
    const told = amber.under(next).whenNudged().story;
    // 80 % fall a day later now, the very minute it is: marked again, in the new epoch.
    expect(whole(told).amberAt).toBe('2027-01-06T01:00:00.000Z');
    expect(told.types.slice(-2)).toEqual(['intake.replanned', 'intake.clock-warned']);
  });

  it('lifts a red mark that rested on years nobody knew, and history keeps it', () => {
    const red = december().at('2027-01-11T09:00:00+08:00').whenNudged().story;
    expect(whole(red).redAt).toBe('2027-01-11T01:00:00.000Z');
    const closed = under({ ...noticeOf2027, workdays: holidays.workdays });
    const told = red.under(closed).whenNudged().story;
    expect(whole(told)).toMatchObject({ dueAt: '2027-01-12T01:00:00.000Z' });
    expect(whole(told).redAt).toBeUndefined();
    expect(told.types).toContain('intake.clock-overdue');
  });

  it('touches no red mark that was certain', () => {
    const accept = december().later(20).whenNudged().story;
    const mark = accept.incident.clocks.accept;
    expect(mark?.redAt).toBeDefined();
    const told = accept.under(next).whenNudged().story;
    expect(told.incident.clocks.accept).toEqual(mark);
  });
});
