import { commandsFor } from '@cityloop/incident';
import {
  assigned,
  closed,
  confirmed,
  filed,
  people,
  received,
  type Story,
} from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, supervisor, seat, evaluator } = people;
const why = { text: '并非同一井盖' };
const WEEK = 7 * 24 * 60;

/** One case merged into another; the story is about the one that was merged. */
function merged(into: Story = filed()): { readonly into: string; readonly told: Story } {
  const told = into
    .report({ categoryCode: 'C01-02', reporter: { wantsReply: true } }, seat)
    .give(clerk, 'merge', { into: into.id })
    .whenAsksAreAnswered().story;
  return { into: into.id, told };
}

const unmerged = (told: Story): Story =>
  told.give(clerk, 'unmerge', why).whenAsksAreAnswered().story;

describe('un-merging', () => {
  it('takes the callers back from the other one and reports the case once more', () => {
    const { into, told } = merged();
    const asked = told
      .later(10)
      .when(clerk, 'unmerge', why)
      .thenEmits('archive.unmerge-started')
      .whenNudged()
      .thenState({ status: 'merged', custodian: 'archive', unmerging: true });
    const back = asked.whenAsksAreAnswered().thenEmits('dispatch.released', 'archive.unmerged');
    expect(back.incident).toMatchObject({
      status: 'reported',
      custodian: 'intake',
      demands: [{ wantsReply: true }],
      counters: { reopens: 0 },
    });
    for (const gone of [
      'outcome',
      'endedAt',
      'mergingInto',
      'unmerging',
      'archiveDueAt',
    ] as const) {
      expect(back.incident[gone]).toBeUndefined();
    }
    expect(back.incident.clocks.accept).toMatchObject({
      epoch: 2,
      startedAt: '2026-03-02T01:10:00.000Z',
    });
    expect(back.incident.clocks['end-to-end']?.stoppedAt).toBeUndefined();
    const other = back.about(into).incident;
    expect(other.demands.map((d) => d.wantsReply)).toEqual([false]);
    expect(other.absorbed).toEqual([]);
  });

  it('leads to a case like any other, which may be merged once more', () => {
    const { into, told } = merged();
    const own = closed(
      confirmed(
        received(assigned(filed(unmerged(told)))).give(people.roadsMember, 'finish', {
          result: 'resolved',
          answer: '已换',
          attachments: ['x'],
        }),
      ),
    );
    expect(own.incident.status).toBe('to-close');
    const again = unmerged(told).give(clerk, 'merge', { into }).whenAsksAreAnswered().story;
    expect(again.incident.status).toBe('merged');
    expect(again.about(into).incident.demands).toHaveLength(2);
  });

  it('is the owning centre’s, with a reason, of what was merged and is not archived', () => {
    const { told } = merged();
    told.when(clerk, 'unmerge').thenRefused('OPINION_MISSING');
    told.when(evaluator, 'unmerge', why).thenRefused('NOT_PERMITTED');
    told.when(people.westSupervisor, 'unmerge', why).thenRefused('NOT_PERMITTED');
    told.when(people.eastClerk, 'unmerge', why).thenRefused('INCIDENT_NOT_FOUND');
    told.when(supervisor, 'unmerge', why).thenEmits('archive.unmerge-started');
    closed().when(clerk, 'unmerge', why).thenRefused('NOT_MERGED');
    told.give(evaluator, 'archive').when(clerk, 'unmerge', why).thenRefused('ARCHIVED');
    told.later(WEEK).when(clerk, 'unmerge', why).thenRefused('ARCHIVED');
  });

  it('lets nothing happen to the case while the other one is asked, archiving included', () => {
    const asked = merged().told.give(clerk, 'unmerge', why);
    asked.when(clerk, 'unmerge', why).thenRefused('INCIDENT_UNMERGING');
    asked.when(evaluator, 'archive').thenRefused('INCIDENT_UNMERGING');
    // A repeated report asks for this first, and becomes a new incident when it is told so.
    asked.when(clerk, 'reopen', { reasonCode: 'recurred' }).thenRefused('MERGED');
    expect(commandsFor(clerk, asked.incident)).not.toContain('unmerge');
    asked
      .later(2 * WEEK)
      .whenNudged()
      .thenEmits();
  });

  it('of one that is closed takes the callers too: a reopening is about its own alone', () => {
    const { into, told } = merged(received());
    const done = closed(
      confirmed(
        told.about(into).give(people.roadsMember, 'finish', {
          result: 'resolved',
          answer: '已换',
          attachments: ['after'],
        }),
      ),
    ).give(seat, 'call-back', {
      demandId: told.incident.demands[0]?.id ?? '',
      reached: true,
      resolved: true,
      satisfaction: 'fair',
    });
    expect(done.incident.status).toBe('closed');
    const evaluated = done.events.length;
    const back = done.about(told.id).give(clerk, 'unmerge', why).whenAsksAreAnswered();
    const after = back.thenEmits('archive.released', 'archive.unmerged').about(into);
    expect(after.incident).toMatchObject({ status: 'closed', absorbed: [] });
    expect(after.events).toHaveLength(evaluated + 1);
    expect(after.incident.demands).toHaveLength(1);
  });

  it('of one that is archived leaves it its history and goes its own way all the same', () => {
    const { into, told } = merged(filed());
    const gone = told.about(into).give(supervisor, 'cancel', { reasonCode: 'misreport' });
    const ended = gone.give(evaluator, 'archive');
    const back = ended.about(told.id).give(clerk, 'unmerge', why);
    const after = back.whenAsksAreAnswered().thenEmits('archive.unmerged');
    expect(after.incident).toMatchObject({ status: 'reported', demands: [{}] });
    expect(after.about(into).incident).toMatchObject({ absorbed: [told.id], demands: [{}, {}] });
  });

  it('waits for the other one to be un-merged first, when that was merged on', () => {
    const first = merged(filed().report({ categoryCode: 'C01-02' }));
    const last = filed(first.told.report({ categoryCode: 'C01-02' }));
    const on = last
      .about(first.into)
      .give(clerk, 'merge', { into: last.id })
      .whenAsksAreAnswered().story;
    expect(on.about(last.id).incident.demands).toHaveLength(3);
    const refused = on.about(first.told.id).give(clerk, 'unmerge', why);
    const kept = refused.whenAsksAreAnswered().thenEmits('archive.unmerge-abandoned');
    expect(kept.events.at(-1)?.data).toMatchObject({ code: 'MERGED_ON' });
    expect(kept.incident).toMatchObject({ status: 'merged' });
    expect(kept.incident.unmerging).toBeUndefined();
    const both = unmerged(unmerged(kept.about(first.into)).about(first.told.id));
    expect(both.incident.status).toBe('reported');
    for (const id of [last.id, first.into, first.told.id]) {
      expect(both.about(id).incident.demands).toHaveLength(1);
    }
  });

  it('goes its own way when the other one was merged on and archived: that can never be undone', () => {
    const first = merged(filed().report({ categoryCode: 'C01-02' }));
    const last = filed(first.told.report({ categoryCode: 'C01-02' }));
    const on = last
      .about(first.into)
      .give(clerk, 'merge', { into: last.id })
      .whenAsksAreAnswered()
      .story.give(evaluator, 'archive');
    on.when(clerk, 'unmerge', why).thenRefused('ARCHIVED');
    const back = on.about(first.told.id).give(clerk, 'unmerge', why).whenAsksAreAnswered();
    const own = back.thenEmits('archive.unmerged');
    expect(own.incident).toMatchObject({ status: 'reported', demands: [{ wantsReply: true }] });
    expect(own.about(first.into).incident.status).toBe('archived');
  });

  it('is abandoned while the other one is on its way into a third', () => {
    const first = merged(filed().report({ categoryCode: 'C01-02' }));
    const last = filed(first.told.report({ categoryCode: 'C01-02' }));
    const merging = last.about(first.into).give(clerk, 'merge', { into: last.id });
    merging
      .whenAsked({ verb: 'release', body: { from: first.told.id, demandIds: [] } })
      .thenRefused('INCIDENT_MERGING');
  });

  it('hears of the end once, whoever says it twice, and lets go once', () => {
    const { into, told } = merged();
    const asked = told.give(clerk, 'unmerge', why);
    const body = { from: into, released: false, code: 'MERGED_ON' };
    asked
      .whenAsked({ verb: 'conclude-unmerge', body })
      .thenEmits('archive.unmerge-abandoned')
      .whenAsked({ verb: 'conclude-unmerge', body })
      .thenEmits();
    const release = { from: told.id, demandIds: told.incident.demands.map((d) => d.id) };
    const free = unmerged(told).about(into);
    free.whenAsked({ verb: 'release', body: release }).thenEmits();
  });
});
