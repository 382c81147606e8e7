import { assigned, filed, people, reported, story, testPack } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';

/** Type, instant and time of recording of every mark so far. */
const marks = (told: ReturnType<typeof story>) =>
  told.events.flatMap((e) =>
    /clock-(?:warned|overdue)$/.test(e.type) ? [[e.type, e.occurredAt, e.recordedAt]] : [],
  );

describe('the amber mark', () => {
  it('is set at the share of the pack, once, and lets nobody’s If-Match grow stale', () => {
    const before = reported().at('2026-03-02T09:11:59.999+08:00');
    before.whenNudged().thenEmits();
    const told = before.later(1).whenNudged().thenEmits('intake.clock-warned');
    expect(marks(told)).toEqual([
      ['intake.clock-warned', '2026-03-02T01:12:00.000Z', '2026-03-02T01:12:59.999Z'],
    ]);
    expect(told.incident.clocks.accept).toMatchObject({
      warnAt: '2026-03-02T01:12:00.000Z',
      amberAt: '2026-03-02T01:12:00.000Z',
    });
    told.whenNudged().thenEmits();
    const seen = before.incident.version;
    told.when(people.clerk, 'note', { text: '看过' }, { ifMatch: seen }).thenEmits('intake.noted');
  });

  it('is never set on a clock that stops before it', () => {
    const told = filed(reported().later(11)).later(60).whenNudged().story;
    const warned = marks(told).filter(([type]) => type === 'intake.clock-warned');
    expect(warned).toEqual([]);
    expect(told.incident.clocks.accept?.amberAt).toBeUndefined();
  });

  it('takes the share from the pack', () => {
    const half = compilePolicy({ ...testPack, clocks: { ...testPack.clocks, amber: 0.5 } }, 1);
    const told = reported(story().under(half)).at('2026-03-02T09:07:30+08:00');
    told.whenNudged().thenEmits('intake.clock-warned');
  });
});

describe('the red mark', () => {
  it('is set when the due instant is reached, not before, and once', () => {
    const warned = reported().at('2026-03-02T09:14:59+08:00').whenNudged();
    const told = warned
      .thenEmits('intake.clock-warned')
      .at('2026-03-02T09:15:00+08:00')
      .whenNudged()
      .thenEmits('intake.clock-overdue');
    expect(told.incident.clocks.accept?.redAt).toBe('2026-03-02T01:15:00.000Z');
    told.whenNudged().thenEmits().later(60).whenNudged().thenEmits();
  });

  it('comes in due order after a long sleep, each at its own instant, before anything else', () => {
    const told = assigned()
      .at('2026-06-01T09:00:00+08:00')
      .when(people.roadsMember, 'receive')
      .thenEmits(
        ...['handling.clock-warned', 'handling.clock-overdue'],
        ...['handling.clock-warned', 'handling.clock-overdue'],
        ...['handling.clock-warned', 'handling.clock-overdue', 'handling.received'],
      );
    expect(marks(told)).toEqual([
      ['handling.clock-warned', '2026-03-02T02:36:00.000Z', '2026-06-01T01:00:00.000Z'],
      ['handling.clock-overdue', '2026-03-02T03:00:00.000Z', '2026-06-01T01:00:00.000Z'],
      ['handling.clock-warned', '2026-03-02T06:42:00.000Z', '2026-06-01T01:00:00.000Z'],
      ['handling.clock-overdue', '2026-03-02T07:30:00.000Z', '2026-06-01T01:00:00.000Z'],
      ['handling.clock-warned', '2026-03-24T01:00:00.000Z', '2026-06-01T01:00:00.000Z'],
      ['handling.clock-overdue', '2026-03-30T01:00:00.000Z', '2026-06-01T01:00:00.000Z'],
    ]);
  });

  it('is set again for a new epoch', () => {
    const late = filed()
      .later(16)
      .whenNudged()
      .thenEmits('dispatch.clock-warned', 'dispatch.clock-overdue');
    const moved = late.give(people.dispatcher, 'pass-down').later(16);
    moved.whenNudged().thenEmits('dispatch.clock-warned', 'dispatch.clock-overdue');
  });

  it('leaves stopped clocks alone', () => {
    const told = filed()
      .later(60)
      .whenNudged()
      .thenEmits('dispatch.clock-warned', 'dispatch.clock-overdue');
    expect(told.incident.clocks.accept).toMatchObject({ verdict: 'on-time' });
    expect(told.incident.clocks.accept?.redAt).toBeUndefined();
  });

  it('follows the calendar over holidays and make-up days', () => {
    const due = (time: string) =>
      filed(reported(story().at(time))).give(people.dispatcher, 'assign', { unitId: 'greening' })
        .incident.clocks.handle?.dueAt;
    // Friday afternoon before a long weekend; the next office hours are on Tuesday.
    expect(due('2026-04-03T17:00:00+08:00')).toBe('2026-04-07T03:00:00.000Z');
    // A Saturday that is worked.
    expect(due('2026-05-09T09:00:00+08:00')).toBe('2026-05-09T07:00:00.000Z');
  });
});

describe('recording time', () => {
  it('never runs backwards, whatever the clock of the next custodian says', () => {
    const told = filed()
      .at('2026-03-02T08:59:00+08:00')
      .give(people.dispatcher, 'assign', { unitId: 'roads' });
    expect(told.events.map((e) => e.recordedAt)).toEqual(
      [...told.events.map((e) => e.recordedAt)].sort(),
    );
  });
});
