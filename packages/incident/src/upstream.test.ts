import { assigned, filed, people, received, reported, story, testPolicy } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { dueOf } from './upstream.ts';

const { clerk, seat, supervisor, roadsLeader } = people;
const WEDNESDAY = '2026-03-04T17:00:00+08:00';
const due = '2026-03-04T09:00:00.000Z';
const hotline = { channel: 'hotline-12345' } as const;
const bound = (told: ReturnType<typeof story>) => told.incident.clocks['end-to-end'];
const born = (body: object = {}) =>
  story().report({ categoryCode: 'C01-02', upstreamDueAt: WEDNESDAY, ...body }, seat);

describe('an upstream due', () => {
  it('binds the clock of the whole from birth, and says whose it is', () => {
    const told = born();
    const basis = `upstream:${told.incident.demands[0]?.id}`;
    expect(bound(told)).toMatchObject({ dueAt: due, firstDueAt: due, basis, epoch: 1 });
  });

  it('leaves a clock alone that ends before it', () => {
    const told = born({ urgency: 'urgent' });
    expect(bound(told)).toMatchObject({
      dueAt: '2026-03-03T01:00:00.000Z',
      basis: 'end-to-end:urgent',
    });
  });

  it('comes with a further call; the earliest of all counts', () => {
    const told = received().give(seat, 'supplement', { ...hotline, upstreamDueAt: WEDNESDAY });
    expect(bound(told)).toMatchObject({ dueAt: due, firstDueAt: bound(received())?.firstDueAt });
    const later = told.give(seat, 'supplement', {
      ...hotline,
      upstreamDueAt: '2026-03-05T17:00:00+08:00',
    });
    expect(bound(later)).toEqual(bound(told));
    const earlier = later.give(seat, 'supplement', {
      ...hotline,
      upstreamDueAt: '2026-03-03T17:00:00+08:00',
    });
    expect(bound(earlier)).toMatchObject({
      dueAt: '2026-03-03T09:00:00.000Z',
      basis: `upstream:${earlier.incident.demands[3]?.id}`,
    });
  });

  it('comes with an incident that is merged into another', () => {
    const main = reported();
    const other = main.report({ upstreamDueAt: WEDNESDAY }, seat);
    const basis = `upstream:${other.incident.demands[0]?.id}`;
    const merged = other.give(clerk, 'merge', { into: main.id }).whenAsksAreAnswered().story;
    expect(bound(merged.about(main.id))).toMatchObject({ dueAt: due, basis });
  });

  it('goes with its caller when the merge is undone: what is left binds, in its place', () => {
    const tuesday = '2026-03-03T17:00:00+08:00';
    const main = filed(born());
    const other = main.report({ upstreamDueAt: tuesday }, seat).give(clerk, 'merge', {
      into: main.id,
    });
    const merged = other.whenAsksAreAnswered().story;
    expect(bound(merged.about(main.id))?.dueAt).toBe('2026-03-03T09:00:00.000Z');
    const back = merged
      .later(60)
      .give(clerk, 'unmerge', { text: '并非同一问题' })
      .whenAsksAreAnswered().story;
    expect(bound(back.about(main.id))).toMatchObject({
      dueAt: due,
      basis: bound(main)?.basis,
      bound: { ownBasis: 'end-to-end:default' },
    });
    expect(bound(back)).toMatchObject({
      startedAt: '2026-03-02T02:00:00.000Z',
      dueAt: '2026-03-03T09:00:00.000Z',
      basis: `upstream:${back.incident.demands[0]?.id}`,
    });
  });

  it('leaves a clock unbound where nobody upstream is left to wait in this round', () => {
    const unmergedFrom = (main: ReturnType<typeof story>) =>
      main
        .report({ upstreamDueAt: '2026-03-12T17:00:00+08:00' }, seat)
        .give(clerk, 'merge', { into: main.id })
        .whenAsksAreAnswered()
        .story.give(clerk, 'unmerge', { text: '并非同一问题' })
        .whenAsksAreAnswered()
        .story.about(main.id);
    const free = filed();
    expect(bound(unmergedFrom(free))).toEqual({ ...bound(free), epoch: 3 });
    const again = filed(born())
      .give(clerk, 'withdraw')
      .at('2026-03-05T09:00:00+08:00')
      .give(clerk, 'reopen', { reasonCode: 'recurred' });
    expect(bound(unmergedFrom(again))).toEqual({ ...bound(again), epoch: 4 });
  });

  it('outlives filing, a correction and a newer policy', () => {
    const told = filed(born());
    const amended = told.give(clerk, 'amend', {
      reasonCode: 'category-wrong',
      categoryCode: 'H01-01',
      standardId: 'H01-01.1',
    });
    expect(bound(amended)).toMatchObject({
      dueAt: due,
      limit: { amount: 5, unit: 'work-day' },
      bound: { ownBasis: 'end-to-end:hotline' },
    });
    const replanned = assigned(told)
      .under(testPolicy({ revision: 2, hours: 3 }))
      .whenNudged().story;
    expect(replanned.types).toContain('handling.replanned');
    expect(bound(replanned)).toEqual(bound(told));
  });

  it('is moved by no suspension, and is marked in the middle of one', () => {
    const until = '2026-03-20T18:00:00+08:00';
    const suspended = received(assigned(filed(born())))
      .give(roadsLeader, 'request-suspension', { until, kind: 'funds' })
      .give(supervisor, 'decide-suspension', { decision: 'grant' });
    expect(suspended.incident.status).toBe('suspended');
    expect(bound(suspended)?.dueAt).toBe(due);
    const marked = suspended
      .at(WEDNESDAY)
      .whenNudged()
      .thenEmits(
        // The unit's own, which the same upstream due binds, less the centre's reserve, and the whole.
        ...['handling.clock-warned', 'handling.clock-warned'],
        ...['handling.clock-overdue', 'handling.clock-overdue'],
      );
    expect(bound(marked)?.redAt).toBe(due);
    const resumed = marked.at('2026-06-01T09:00:00+08:00').whenNudged();
    resumed.thenEmits('handling.resumed');
    expect(bound(resumed.story)).toMatchObject({ dueAt: due, redAt: due });
  });

  it('is owed by the round it was set in: a reopened incident has a clock of its own', () => {
    const ended = filed(born()).give(clerk, 'withdraw');
    const again = ended.give(clerk, 'reopen', { reasonCode: 'recurred' });
    expect(bound(again)).toMatchObject({
      basis: 'end-to-end:default',
      startedAt: bound(ended)?.stoppedAt,
    });
    expect(bound(again)?.bound).toBeUndefined();
  });

  it('is what the answer shows while it comes before the unit’s own deadline', () => {
    const soon = '2026-03-02T10:00:00+08:00';
    const told = assigned(filed(born({ upstreamDueAt: soon })));
    // Nothing is left for the centre's reserve: the unit has the least share of its time, a quarter of 4 h.
    expect(told.incident.clocks.handle).toMatchObject({
      dueAt: '2026-03-02T02:00:00.000Z',
      bound: { ownBasis: 'standard:C01-02.1' },
    });
    expect(told.incident.clocks.handle?.basis).toMatch(/^reserve:/);
    expect(dueOf(told.incident)).toBe('2026-03-02T02:00:00.000Z');
    expect(dueOf(assigned(filed(born())).incident)).toBe('2026-03-02T07:30:00.000Z');
  });

  it.each([
    ['UPSTREAM_DUE_PAST', { upstreamDueAt: '2026-03-02T09:00:00+08:00' }],
    ['UPSTREAM_DUE_TOO_FAR', { upstreamDueAt: '2126-03-02T09:00:00+08:00' }],
    ['UPSTREAM_DUE_NOT_OF_CHANNEL', { channel: 'walk-in', upstreamDueAt: WEDNESDAY }],
  ] as const)('is refused when it cannot be meant: %s', (code, body) => {
    story()
      .whenReported({ ...hotline, ...body }, clerk)
      .thenRefused(code);
    filed()
      .when(clerk, 'supplement', { ...hotline, ...body })
      .thenRefused(code);
  });

  it('of an import is held to the time it tells of', () => {
    const occurredAt = '2024-05-06T10:00:00+08:00';
    const upstreamDueAt = '2024-05-08T10:00:00+08:00';
    const told = story().report({ ...hotline, occurredAt, upstreamDueAt }, people.admin);
    expect(bound(told)?.dueAt).toBe('2024-05-08T02:00:00.000Z');
    const before = { ...hotline, occurredAt, upstreamDueAt: occurredAt };
    story().whenReported(before, people.admin).thenRefused('UPSTREAM_DUE_PAST');
  });
});
