import { dueMarks, isRunning } from '@cityloop/calendar';
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
import { openStatuses } from './everywhere.ts';

const { clerk, dispatcher, supervisor, roadsLeader, roadsMember, verifier } = people;
const handle = (told: Story) => told.incident.clocks.handle;
const until = '2026-03-10T18:00:00+08:00';
const suspended = (from: Story = received(), body: object = {}): Story =>
  from
    .give(roadsMember, 'request-suspension', { until, kind: 'funds', ...body })
    .give(roadsLeader, 'decide-suspension', { decision: 'grant' })
    .give(supervisor, 'decide-suspension', { decision: 'grant' });
const reworked = (from: Story): Story =>
  from.give(verifier, 'check', { outcome: 'fail', cause: 'not-enough', text: '未恢复' });

/** What people complain of in other systems; each line a test of that name. */
describe('“the merged ticket keeps escalating”', () => {
  it('stops every clock of the one that was merged; the other’s go on', () => {
    const main = filed();
    const both = reported(main);
    const merging = both.give(clerk, 'merge', { into: main.id });
    const merged = merging.whenAsksAreAnswered().story.about(both.id);
    expect(merged.incident.outcome).toBe('merged');
    expect(Object.values(merged.incident.clocks).filter(isRunning)).toEqual([]);
    const months = merged.later(100 * 24 * 60);
    const { clocks } = months.whenNudged().story.incident;
    expect(dueMarks(clocks, months.world.nowMs)).toEqual([]);
    expect(isRunning(months.about(main.id).incident.clocks['end-to-end'] ?? fail())).toBe(true);
  });
});

describe('“reopened, it has a wrong deadline”', () => {
  const ended = closed();
  const again = ended.later(600).give(clerk, 'reopen', { reasonCode: 'recurred' });

  it('gives the new round a clock of its own, and leaves the first one’s verdicts as they were told', () => {
    const whole = again.incident.clocks['end-to-end'];
    expect(whole).toMatchObject({ startedAt: '2026-03-02T11:00:00.000Z' });
    expect(whole?.verdict).toBeUndefined();
    const evaluated = ended.events.findLast((e) => e.type === 'archive.evaluated');
    expect(again.events).toContainEqual(evaluated);
  });

  it('a rework is no reopening: the first clock goes on with what was left', () => {
    const told = reworked(confirmed(finished(received().later(60))).later(60));
    // 4 working hours from 09:00, one used; the hour of checking counts nowhere.
    expect(handle(told)?.dueAt).toBe('2026-03-02T08:30:00.000Z');
    expect(told.incident.clocks.rework).toMatchObject({ basis: 'default:rework' });
  });
});

describe('“the paused time is lost when the category changes”', () => {
  const stood = suspended().give(dispatcher, 'resume');
  const paused = suspended().at('2026-03-03T09:00:00+08:00').give(dispatcher, 'resume');

  it('keeps what stood still through 更正, return and rework', () => {
    const amended = paused.give(clerk, 'amend', {
      standardId: 'C01-02.2',
      reasonCode: 'category-wrong',
    });
    expect(handle(amended)?.pauses).toEqual(handle(paused)?.pauses);
    const unpaused = stood.give(clerk, 'amend', {
      standardId: 'C01-02.2',
      reasonCode: 'category-wrong',
    });
    const [late, early] = [handle(amended), handle(unpaused)].map((c) => c?.dueAt ?? '');
    expect(late && early && late > early).toBe(true);
  });
});

describe('“holidays, the lunch break and make-up days are wrong”', () => {
  it.each([
    // Friday afternoon before a long weekend: Monday is a holiday.
    ['2026-04-03T17:00:00+08:00', '2026-04-07T03:00:00.000Z'],
    // Over lunch.
    ['2026-03-02T11:00:00+08:00', '2026-03-02T09:00:00.000Z'],
    // A Saturday that is worked.
    ['2026-05-09T09:00:00+08:00', '2026-05-09T07:00:00.000Z'],
  ])('4 working hours of an office from %s end at %s', (from, due) => {
    const told = filed(reported(story().at(from)));
    expect(handle(told.give(dispatcher, 'assign', { unitId: 'greening' }))?.dueAt).toBe(due);
  });
});

describe('“the policy is gone, its timer still rings”', () => {
  it('leaves a clock as it was promised when its row is dropped, and marks it once', () => {
    const [category, ...others] = testPack.catalogue;
    const rest = (category?.standards ?? []).filter((row) => row.id !== 'C01-02.1');
    const without = [{ ...(category ?? fail()), standards: rest }, ...others];
    const retired = compilePolicy({ ...testPack, catalogue: without }, 2);
    const told = received().under(retired);
    const later = told.later(60).whenNudged().story;
    expect(handle(later)?.dueAt).toBe(handle(told)?.dueAt);
    const marks = later.later(6_000).whenNudged().story.whenNudged().story.events;
    const red = marks.filter(
      (e) => e.type === 'handling.clock-overdue' && e.data.clock === 'handle',
    );
    expect(red).toHaveLength(1);
  });
});

describe('“what is overdue is not counted as open”', () => {
  it('an overdue incident is as open as before: a mark changes no status', () => {
    const late = received().later(6_000).whenNudged().story;
    expect(handle(late)?.redAt).toBeDefined();
    expect(openStatuses).toContain(late.incident.status);
    expect(late.incident.status).toBe(received().incident.status);
  });
});

describe('“what nobody has taken never escalates” (公共池)', () => {
  const caller = { reporter: { wantsReply: true } };
  const stories: Readonly<Record<string, () => Story>> = {
    reported: () => reported(),
    'fact-checking': () =>
      story()
        .report({ categoryCode: 'C01-02', location: { gridCode: '310110019001001' } }, clerk)
        .give(clerk, 'request-fact-check'),
    merging: () => {
      const main = filed();
      return reported(main).give(clerk, 'merge', { into: main.id });
    },
    'to-dispatch': () => filed(),
    'to-rule': () => returned(),
    assigned: () => assigned(),
    handling: () => received(),
    finished: () => finished(),
    'to-check': () => confirmed(),
    'to-close': () =>
      received(assigned(filed(story().report({ categoryCode: 'C01-02', ...caller }, people.seat))))
        .give(roadsMember, 'finish', { result: 'resolved', answer: '已换', attachments: ['a'] })
        .give(roadsLeader, 'confirm')
        .give(verifier, 'check', { outcome: 'pass' }),
  };
  // Only a pause that was granted stops them all, and that ends by itself.
  const paused = 'suspended';

  it('knows every open status', () => {
    expect([...Object.keys(stories), paused].sort()).toEqual([...openStatuses].sort());
  });

  it.each(Object.entries(stories))('runs a clock of its stage while %s', (status, tell) => {
    const { incident } = tell();
    expect(incident.status).toBe(status);
    const running = Object.entries(incident.clocks).filter(
      ([name, clock]) => name !== 'end-to-end' && isRunning(clock),
    );
    expect(running).not.toEqual([]);
  });

  it('and a suspension has its end', () => {
    const [pause] = suspended().incident.pauses;
    expect(pause?.until).toBe('2026-03-10T10:00:00.000Z');
    const over = suspended().at('2026-03-10T18:00:00+08:00').whenNudged().story;
    expect(over.incident.status).toBe('handling');
  });
});

describe('“the category was corrected, the limit and the unit stayed”', () => {
  it('plans the clock anew from its start, as an event with old and new', () => {
    const told = received().later(60).give(clerk, 'amend', {
      categoryCode: 'E01-10',
      standardId: 'E01-10.1',
      reasonCode: 'category-wrong',
    });
    expect(handle(told)).toMatchObject({
      basis: 'standard:E01-10.1',
      startedAt: handle(received())?.startedAt,
      dueAt: '2026-03-02T03:00:00.000Z',
    });
    expect(told.events.at(-1)?.data).toMatchObject({ before: { categoryCode: 'C01-02' } });
    // Another unit: it is recalled, and starts anew there.
    const moved = told
      .give(supervisor, 'recall', { reasonCode: 'wrong-unit' })
      .give(dispatcher, 'assign', { unitId: 'greening' });
    expect(handle(moved)?.startedAt).toBe('2026-03-02T02:00:00.000Z');
  });
});

describe('“退单 buys time”', () => {
  it('a refused return gives none back, an accepted one starts anew elsewhere', () => {
    const sent = returned(received().later(30))
      .later(30)
      .give(supervisor, 'rule-return', { ruling: 'send-back', fault: 'shirking' });
    expect(handle(sent)?.dueAt).toBe(handle(received())?.dueAt);
    const moved = returned(received().later(30)).later(30).give(dispatcher, 'rule-return', {
      ruling: 'reassign',
      fault: 'misdispatch',
      unitId: 'greening',
    });
    expect(handle(moved)?.startedAt).toBe('2026-03-02T02:00:00.000Z');
  });
});

function fail(): never {
  throw new Error('not there');
}
