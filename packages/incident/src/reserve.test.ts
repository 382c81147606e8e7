import { assigned, filed, people, received, type Story, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { seat, clerk } = people;
const monday = (time: string) => `2026-03-02T${time}:00+08:00`;
const utc = (time: string) => new Date(monday(time)).toISOString();
const call = (told: Story, upstreamDueAt: string) =>
  told.give(seat, 'supplement', { channel: 'hotline-12345', upstreamDueAt });
const handle = (told: Story) => told.incident.clocks.handle;
const whole = (told: Story) => told.incident.clocks['end-to-end'];
const last = (told: Story) => told.incident.demands.at(-1)?.id ?? '';
/** The unit's own time ends at 15:30; 17:00 less the four office hours of the reserve is 11:00. */
const bound = () => call(received(), monday('17:00'));
const red = () => bound().at(monday('11:20')).whenNudged().story;

describe('a demand that is added', () => {
  it('with a due that has passed does not free the unit of another that waits', () => {
    const late = red();
    const other = late.at(monday('09:00')).report({ upstreamDueAt: monday('10:00') }, seat);
    const merged = other
      .at(monday('11:30'))
      .give(clerk, 'merge', { into: late.id })
      .whenAsksAreAnswered()
      .story.about(late.id);
    expect(whole(merged)?.dueAt).toBe(utc('10:00'));
    expect(handle(late)).toMatchObject({ dueAt: utc('11:00'), redAt: utc('11:00') });
    expect(handle(merged)).toEqual(handle(late));
  });

  it('never gives a unit more time than it had, nor takes back that it is late', () => {
    // A least share of one hour from now would end at 12:20 and at 11:30.
    const late = red();
    expect(handle(call(late, monday('16:30')))).toEqual(handle(late));
    const earlier = call(bound().at(monday('10:30')), monday('16:30'));
    expect(handle(earlier)).toMatchObject({
      dueAt: utc('10:30'),
      basis: `reserve:${last(earlier)}`,
    });
  });

  it('binds a running unit although what binds the whole has passed', () => {
    const begun = received(
      assigned(filed(call(story().report({}, clerk), monday('09:30'))).at(monday('10:30'))),
    );
    expect(handle(begun)?.bound).toBeUndefined();
    const told = call(begun, monday('18:00'));
    expect(whole(told)?.dueAt).toBe(utc('09:30'));
    expect(handle(told)).toMatchObject({
      dueAt: utc('12:00'),
      basis: `reserve:${last(told)}`,
    });
    const freed = told.give(clerk, 'withdraw', { demandId: last(told) });
    expect(handle(freed)).toEqual({ ...handle(begun), epoch: (handle(told)?.epoch ?? 0) + 1 });
  });
});

describe('a unit whose clock starts after the earliest upstream due', () => {
  const two = () => call(call(story().report({}, clerk), monday('09:30')), monday('18:00'));

  it('is bound by the next one still ahead', () => {
    const told = assigned(filed(two()).at(monday('10:30')));
    expect(handle(told)).toMatchObject({
      dueAt: utc('12:00'),
      basis: `reserve:${last(told)}`,
    });
  });

  it('is not bound by a round before a reopening', () => {
    const again = filed(story().report({ upstreamDueAt: monday('18:00') }, seat))
      .give(clerk, 'withdraw')
      .give(clerk, 'reopen', { reasonCode: 'recurred' });
    expect(whole(again)?.bound).toBeUndefined();
    expect(handle(assigned(again))?.bound).toBeUndefined();
  });
});
