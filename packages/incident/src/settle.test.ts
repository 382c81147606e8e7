import { assigned, filed, people, reported, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

/** Clock and due instant of every mark so far. */
const marks = (told: ReturnType<typeof story>) =>
  told.events.flatMap((e) =>
    e.type.endsWith('.clock-overdue') ? [[e.type, e.occurredAt, e.recordedAt]] : [],
  );

describe('the red mark', () => {
  it('is set when the due instant is reached, not before, and once', () => {
    reported().at('2026-03-02T09:14:59+08:00').whenNudged().thenEmits();
    const told = reported()
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
      .thenEmits('handling.clock-overdue', 'handling.clock-overdue', 'handling.received');
    expect(marks(told)).toEqual([
      ['handling.clock-overdue', '2026-03-02T07:30:00.000Z', '2026-06-01T01:00:00.000Z'],
      ['handling.clock-overdue', '2026-03-30T01:00:00.000Z', '2026-06-01T01:00:00.000Z'],
    ]);
  });

  it('is set again for a new epoch', () => {
    const late = filed().later(16).whenNudged().thenEmits('dispatch.clock-overdue');
    const moved = late.give(people.dispatcher, 'pass-down').later(16);
    moved.whenNudged().thenEmits('dispatch.clock-overdue');
  });

  it('leaves stopped clocks alone', () => {
    const told = filed().later(60).whenNudged().thenEmits('dispatch.clock-overdue');
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
