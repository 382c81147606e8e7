import { filed, people, type Story, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { commandsFor } from './commands-for.ts';
import { fold } from './evolve.ts';

const { admin, clerk, dispatcher, roadsMember } = people;
const NOW = '2026-03-02T01:00:00.000Z';
const at = (time: string) => ({ occurredAt: `2026-03-02T${time}:00+08:00` });

/** Imported, filed and assigned by what its record says, on the very morning of the story. */
const imported = story()
  .report({ categoryCode: 'C01-02', ...at('08:00') }, admin)
  .give(clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.2', ...at('08:05') })
  .give(dispatcher, 'assign', { unitId: 'roads', ...at('08:10') });
const tail = (told: Story, n: number) =>
  told.events.slice(-n).map((e) => [e.type, e.occurredAt, e.recordedAt]);

describe('an imported incident', () => {
  it('rings no alarm while nobody but its record tells of it', () => {
    imported.later(600).whenNudged().thenEmits();
    imported
      .give(dispatcher, 'recall', { reasonCode: 'wrong-unit', ...at('08:20') })
      .whenNudged()
      .thenEmits();
    expect(imported.incident.imported).toBe(true);
  });

  it('goes live with the first act of now, in the same breath, and is watched from then on', () => {
    const live = imported
      .when(roadsMember, 'receive')
      .thenEmits('handling.went-live', 'handling.received');
    expect(tail(live, 2)).toEqual([
      ['handling.went-live', NOW, NOW],
      ['handling.received', NOW, NOW],
    ]);
    expect(live.incident.imported).toBeUndefined();
    // The unit's two hours run from when its record says that it was assigned.
    const due = live.incident.clocks.handle?.dueAt ?? '';
    const marked = live
      .at(due)
      .whenNudged()
      .thenEmits('handling.clock-warned', 'handling.clock-overdue');
    expect(tail(marked, 1)).toEqual([['handling.clock-overdue', due, due]]);
    marked.later(60).whenNudged().thenEmits();
  });

  it('has what came due before then marked once, on the time of its record', () => {
    const late = imported.later(60 * 24 * 60);
    const live = late.when(admin, 'go-live').story;
    const marks = live.types.filter((type) => type === 'handling.clock-overdue');
    // The unit's receipt, its work, and the whole.
    expect(marks).toHaveLength(3);
    expect(live.types.at(-1)).toBe('handling.went-live');
    live.later(600).whenNudged().thenEmits();
  });

  it('goes live by command, once, by whoever may import', () => {
    const live = imported.when(admin, 'go-live').thenEmits('handling.went-live');
    live.when(admin, 'go-live').thenRefused('INCIDENT_LIVE');
    imported.when(clerk, 'go-live').thenRefused('NOT_PERMITTED');
    filed().when(admin, 'go-live').thenRefused('INCIDENT_LIVE');
    expect(commandsFor(admin, imported.incident)).toContain('go-live');
    expect(commandsFor(admin, live.incident)).not.toContain('go-live');
  });

  it('stays as it was when the act of now is refused', () => {
    imported.when(roadsMember, 'finish', { result: 'resolved' }).thenRefused('NOT_RECEIVED');
    expect(imported.incident.imported).toBe(true);
    const late = imported.later(60 * 24 * 30);
    const refused = late
      .when(roadsMember, 'finish', { result: 'resolved' })
      .thenRefused('NOT_RECEIVED');
    expect(refused.events).toEqual(imported.events);
    const told = refused.give(roadsMember, 'receive', { ...at('08:20') });
    expect(told.types.at(-1)).toBe('handling.received');
  });

  it('counts by our clock when it is live, whatever an import tells of it then', () => {
    const live = imported.give(admin, 'go-live').later(5);
    const told = live.give(roadsMember, 'receive', at('08:30'));
    expect(told.incident.assignment?.receivedAt).toBe('2026-03-02T01:05:00.000Z');
    expect(told.events.at(-1)?.occurredAt).toBe('2026-03-02T08:30:00+08:00');
  });

  it('that has ended goes live only by being reopened or un-merged', () => {
    const ended = imported.give(clerk, 'withdraw', at('08:40'));
    ended.when(admin, 'go-live').thenRefused('INCIDENT_ENDED');
    ended.when(clerk, 'note', { text: '看过' }).thenEmits('archive.noted');
    const again = ended
      .when(clerk, 'reopen', { reasonCode: 'recurred' })
      .thenEmits('archive.went-live', 'archive.reopened');
    expect(again.incident.imported).toBeUndefined();
    expect(again.incident.clocks.dispatch?.startedAt).toBe(NOW);
    again.later(60).whenNudged().thenEmits('dispatch.clock-warned', 'dispatch.clock-overdue');
  });

  it('keeps an If-Match fresh, and knows the repeat of what made it live', () => {
    const { version } = imported.incident;
    const live = imported.give(admin, 'go-live');
    live.when(roadsMember, 'receive', {}, { ifMatch: version }).thenEmits('handling.received');
    const key = { key: 'k-1' };
    const noted = imported.when(clerk, 'note', { text: '一次' }, key).story;
    noted.when(clerk, 'note', { text: '一次' }, key).thenEmits();
  });

  it('absorbs on its own time what an import merges into it', () => {
    const main = story().report(at('08:00'), admin);
    const merged = main
      .report(at('08:30'), admin)
      .give(clerk, 'merge', { into: main.id, ...at('08:40') })
      .whenAsksAreAnswered().story;
    expect(merged.incident).toMatchObject({ status: 'merged', imported: true });
    expect(merged.about(main.id).incident).toMatchObject({
      imported: true,
      recordedAt: '2026-03-02T00:00:00.000Z',
    });
  });

  it('goes live when a live one is merged into it, or wants its callers back', () => {
    const main = story().report(at('08:00'), admin);
    const live = main.report().give(clerk, 'merge', { into: main.id });
    const merged = live
      .whenAsksAreAnswered()
      .thenEmits(
        ...['intake.clock-warned', 'intake.clock-overdue', 'intake.went-live', 'intake.absorbed'],
        ...['intake.merged', 'archive.evaluated'],
      )
      .about(main.id);
    expect(merged.incident.imported).toBeUndefined();
    expect(merged.incident.recordedAt).toBe(NOW);

    const told = main
      .report(at('08:30'), admin)
      .give(clerk, 'merge', { into: main.id, ...at('08:40') })
      .whenAsksAreAnswered()
      .story.give(clerk, 'unmerge', { text: '并非同一问题' });
    told
      .whenAsksAreAnswered()
      .thenEmits(
        'intake.clock-warned',
        'intake.clock-overdue',
        'intake.went-live',
        'intake.released',
        'archive.unmerged',
      );
  });

  it('is un-merged on its own time when its record tells of it, and goes on being told', () => {
    const main = story().report(at('08:00'), admin);
    const back = main
      .report(at('08:30'), admin)
      .give(clerk, 'merge', { into: main.id, ...at('08:40') })
      .whenAsksAreAnswered()
      .story.give(clerk, 'unmerge', { text: '并非同一问题', ...at('08:45') })
      .whenAsksAreAnswered()
      .thenEmits('intake.released', 'archive.unmerged');
    const { incident } = back;
    expect(incident).toMatchObject({ imported: true, recordedAt: '2026-03-02T00:45:00.000Z' });
    expect(incident.clocks['end-to-end']?.startedAt).toBe(incident.recordedAt);
    expect(back.about(main.id).incident.imported).toBe(true);
    const row = { categoryCode: 'C01-02', standardId: 'C01-02.2' };
    back.when(clerk, 'file', { ...row, ...at('08:50') }).thenEmits('intake.filed');
    const other = back.about(main.id);
    other.when(clerk, 'file', { ...row, ...at('08:10') }).thenEmits('intake.filed');
  });

  it('goes live when a person un-merges it now, and is watched from then on', () => {
    const main = story().report(at('08:00'), admin);
    const asked = main
      .report(at('08:30'), admin)
      .give(clerk, 'merge', { into: main.id, ...at('08:40') })
      .whenAsksAreAnswered()
      .story.when(clerk, 'unmerge', { text: '并非同一问题' })
      .thenEmits('archive.went-live', 'archive.unmerge-started');
    const back = asked.whenAsksAreAnswered().story;
    expect(back.incident).toMatchObject({ status: 'reported', recordedAt: NOW });
    expect(back.incident.imported).toBeUndefined();
    const due = back.incident.clocks.accept?.dueAt ?? '';
    expect(due > NOW).toBe(true);
    back.at(due).whenNudged().thenEmits('intake.clock-warned', 'intake.clock-overdue');
  });

  it('is the same when its history is folded again', () => {
    const live = imported
      .give(roadsMember, 'receive')
      .later(30)
      .give(clerk, 'note', { text: '看过' });
    const since = live.events.slice(live.types.indexOf('dispatch.assigned'));
    expect(JSON.stringify(since.reduce(fold, undefined as never))).toBe(
      JSON.stringify(live.incident),
    );
  });
});
