import { commandBodies } from '@cityloop/contracts';
import { assigned, closed, filed, people, received, reported, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { commandsFor } from './commands-for.ts';

const { clerk, seat, supervisor, leader, dispatcher } = people;

describe('notes and supplements', () => {
  it('are taken by whoever holds the case, in their own name', () => {
    reported().when(seat, 'note', { text: '来电补充' }).thenEmits('intake.noted');
    filed()
      .when(seat, 'note', { attachments: ['photo'] })
      .thenEmits('dispatch.noted');
    assigned().when(seat, 'note', { text: '来电补充' }).thenEmits('handling.noted');
    filed().when(seat, 'note').thenRefused('NOTE_EMPTY');
    filed().when(seat, 'note', { text: ' \n　', attachments: [] }).thenRefused('NOTE_EMPTY');
  });

  it('enter an attachment once', () => {
    const told = filed()
      .give(seat, 'note', { attachments: ['photo'] })
      .give(seat, 'note', { attachments: ['photo', 'other'] });
    expect(told.incident.evidence.map((e) => e.id)).toEqual(['photo', 'other']);
  });

  it('add a demand for a further caller, up to fifty, while the case is open', () => {
    const body = { channel: 'hotline-12345', reporter: { wantsReply: true } } as const;
    let told = filed().when(seat, 'supplement', body).thenEmits('dispatch.supplemented');
    expect(told.incident.demands).toMatchObject([{ wantsReply: false }, { wantsReply: true }]);
    for (let n = 2; n < 50; n++) told = told.give(seat, 'supplement', body);
    told.when(seat, 'supplement', body).thenRefused('TOO_MANY_DEMANDS');
    closed().when(seat, 'supplement', body).thenRefused('INCIDENT_ENDED');
  });

  it('take who called from the vault, never from a sender', () => {
    const caller = { token: 't-1', pseudonym: 'p-1' };
    const said = { channel: 'hotline-12345', caller } as const;
    expect(commandBodies.supplement.safeParse(said).success).toBe(false);
    filed()
      .whenAsked({ verb: 'supplement', body: said })
      .thenState({ demands: [{}, { caller: 't-1', pseudonym: 'p-1' }] });
  });

  it('count the repeated calls of one caller, and name the demand that was there', () => {
    const calls = (told: ReturnType<typeof story>, pseudonym?: string) => {
      const body = { channel: 'hotline-12345', caller: { token: 't', pseudonym } } as const;
      return told.whenAsked({ verb: 'supplement', body }).story;
    };
    const others = calls(calls(calls(filed()), 'p-1'), 'p-2');
    expect(others.incident.counters.repeatCalls).toBe(0);
    const again = calls(calls(assigned(others), 'p-1'), 'p-1');
    const [, , first, , second] = again.incident.demands;
    expect(again.events.slice(-2).map(({ data }) => data)).toMatchObject([
      { repeatOf: first?.id },
      { repeatOf: second?.id },
    ]);
    expect(again.incident.counters.repeatCalls).toBe(2);
  });

  it('count the repeated calls that a merge brings, as long as it brings them', () => {
    const call = (told: ReturnType<typeof story>) => {
      const caller = { token: 't', pseudonym: 'p-1' };
      const body = { channel: 'hotline-12345', caller } as const;
      return told.whenAsked({ verb: 'supplement', body }).story;
    };
    const main = call(filed());
    const other = call(call(main.report({ categoryCode: 'C01-02' })));
    const merged = other.give(clerk, 'merge', { into: main.id }).whenAsksAreAnswered().story;
    const calls = (told: ReturnType<typeof story>, id: string) =>
      told.about(id).incident.counters.repeatCalls;
    expect([calls(merged, main.id), calls(merged, other.id)]).toEqual([2, 1]);
    const apart = merged.give(clerk, 'unmerge', { text: '并非同一问题' }).whenAsksAreAnswered();
    expect([calls(apart.story, main.id), calls(apart.story, other.id)]).toEqual([0, 1]);
  });
});

describe('urging and supervising', () => {
  it('counts urges in all and for each caller', () => {
    const demandId = filed().incident.demands[0]?.id ?? '';
    const told = filed();
    const own = told.incident.demands[0]?.id ?? '';
    told
      .give(seat, 'urge', { demandId: own })
      .when(seat, 'urge')
      .thenState({ counters: { urges: 2 }, demands: [{ urged: 1 }] });
    told.when(seat, 'urge', { demandId }).thenRefused('DEMAND_UNKNOWN');
    closed().when(seat, 'urge').thenRefused('INCIDENT_ENDED');
  });

  it('takes a 督办 of a ladder once, for the clock and epoch it is of', () => {
    const told = received();
    const { epoch } = told.incident.clocks.handle ?? { epoch: 0 };
    const at = '2026-03-02T00:00:00.000Z';
    const ladder = { clock: 'handle', epoch, rung: 'upper', centreId: '310110', at } as const;
    const body = {
      kind: 'overdue',
      requirement: '限时办结',
      dueAt: '2026-03-02T00:30:00.000Z',
      ladder,
    } as const;
    const supervised = told.whenAsked({ verb: 'supervise', body }).story;
    // Asked an hour ago: the half hour for the reply is counted from now.
    expect(supervised.incident.supervisions).toMatchObject([
      { by: 'system', centreId: '310110', clock: 'handle', epoch, rung: 'upper' },
    ]);
    expect(supervised.incident.supervisions[0]?.dueAt).toBe('2026-03-02T01:30:00.000Z');
    supervised.whenAsked({ verb: 'supervise', body }).thenEmits();
    told
      .whenAsked({
        verb: 'supervise',
        body: { ...body, ladder: { ...ladder, epoch: epoch + 1 } },
      })
      .thenRefused('SUPERVISION_VOID');
  });

  it('lets a leader supervise, the unit reply, and ends it once', () => {
    const body = {
      kind: 'leader',
      requirement: '今日办结',
      dueAt: '2026-03-02T18:00:00+08:00',
    } as const;
    const told = received().give(leader, 'supervise', body);
    const supervisionId = told.incident.supervisions[0]?.id ?? '';
    expect(told.incident.supervisions[0]).toMatchObject({
      ...body,
      by: 'leader',
      centreId: '310110',
    });
    const replied = told
      .when(people.roadsLeader, 'reply-supervision', { supervisionId, text: '已增派人手' })
      .thenState({ supervisions: [{ repliedAt: '2026-03-02T01:00:00.000Z' }] });
    replied
      .when(leader, 'withdraw-supervision', { supervisionId })
      .thenRefused('SUPERVISION_ENDED');
    told
      .when(leader, 'withdraw-supervision', { supervisionId })
      .thenState({ supervisions: [{ withdrawnAt: '2026-03-02T01:00:00.000Z' }] });
    told
      .when(leader, 'withdraw-supervision', { supervisionId: 'x' })
      .thenRefused('SUPERVISION_UNKNOWN');
    const past = { ...body, dueAt: '2026-03-02T09:00:00+08:00' };
    told.when(leader, 'supervise', past).thenRefused('SUPERVISION_DUE_PAST');
    closed().when(leader, 'supervise', body).thenRefused('INCIDENT_ENDED');
  });
});

describe('amending', () => {
  const why = { reasonCode: 'category-wrong' };

  it('keeps old and new and plans the clocks anew from their start', () => {
    const told = assigned()
      .later(30)
      .when(dispatcher, 'amend', { ...why, categoryCode: 'H01-01', standardId: 'H01-01.1' })
      .thenEmits('handling.amended');
    expect(told.events.at(-1)?.data).toMatchObject({
      before: { categoryCode: 'C01-02', standardId: 'C01-02.1', kind: 'component' },
      after: { categoryCode: 'H01-01', standardId: 'H01-01.1', kind: 'hotline' },
    });
    expect(told.incident.clocks.handle).toMatchObject({
      basis: 'standard:H01-01.1',
      startedAt: '2026-03-02T01:00:00.000Z',
      dueAt: '2026-03-03T01:00:00.000Z',
    });
    expect(told.incident.clocks['end-to-end']).toMatchObject({ basis: 'end-to-end:hotline' });
  });

  it('plans the clock of the whole anew when the case turns out urgent', () => {
    const { clocks, urgency } = filed().give(clerk, 'amend', {
      ...why,
      urgency: 'urgent',
    }).incident;
    expect(urgency).toBe('urgent');
    expect(clocks['end-to-end']).toMatchObject({
      basis: 'end-to-end:urgent',
      dueAt: '2026-03-03T01:00:00.000Z',
    });
  });

  it('finds the ground of a corrected place', () => {
    filed()
      .when(clerk, 'amend', { ...why, location: { gridCode: '310110019001001' } })
      .thenState({ ground: { grid: '310110019001001', gridWorkerId: 'west-grid' } });
  });

  it('refuses what changes nothing and what does not belong together', () => {
    const amend = (body: object) => filed().when(clerk, 'amend', { ...why, ...body });
    amend({}).thenRefused('AMEND_NOTHING');
    amend({ urgency: 'normal' }).thenRefused('AMEND_NOTHING');
    amend({ categoryCode: 'E01-10' }).thenRefused('STANDARD_MISSING');
    amend({ categoryCode: 'E01-10', standardId: 'C01-02.1' }).thenRefused('STANDARD_UNKNOWN');
    amend({ categoryCode: 'X00-00' }).thenRefused('CATEGORY_UNKNOWN');
    amend({ urgency: 'urgent', reasonCode: 'mood' }).thenRefused('REASON_UNKNOWN');
    story()
      .report({})
      .when(clerk, 'amend', { ...why, standardId: 'C01-02.1' })
      .thenRefused('CATEGORY_MISSING');
  });
});

describe('what an incident takes no more', () => {
  const commands = [
    ['amend', { reasonCode: 'category-wrong', urgency: 'urgent' }],
    ['supplement', { channel: 'hotline-12345' }],
    ['urge', {}],
    ['supervise', { kind: 'leader', requirement: '办', dueAt: '2026-03-05T18:00:00+08:00' }],
    ['withdraw', {}],
  ] as const;

  it.each(commands)('once it has ended or is being merged: %s', (verb, body) => {
    closed().when(supervisor, verb, body).thenRefused('INCIDENT_ENDED');
    const main = reported();
    const merging = reported(main).give(clerk, 'merge', { into: main.id });
    merging.when(supervisor, verb, body).thenRefused('INCIDENT_MERGING');
    for (const told of [closed(), merging]) {
      expect(commandsFor(supervisor, told.incident)).not.toContain(verb);
      expect(commandsFor(supervisor, told.incident)).toContain('note');
      told
        .when(supervisor, 'note', { text: '仍可备注' })
        .thenState({ status: told.incident.status });
    }
  });
});

describe('idempotency and versions', () => {
  it('answers a repeat with what was done, before and after the hand-over', () => {
    const key = { key: 'k-1' };
    const noted = filed().when(clerk, 'note', { text: '一次' }, key).story;
    noted.when(clerk, 'note', { text: '一次' }, key).thenEmits();
    noted
      .give(dispatcher, 'assign', { unitId: 'roads' })
      .when(clerk, 'note', { text: '一次' }, key)
      .thenEmits();
    filed().when(clerk, 'withdraw', {}, key).story.when(clerk, 'withdraw', {}, key).thenEmits();
  });

  it('knows a repeat after a hand-over and many other commands', () => {
    const key = { key: 'k-1' };
    let told = filed().when(clerk, 'note', { text: '一次' }, key).story;
    told = received(assigned(told));
    for (let n = 0; n < 12; n++) {
      told = told.when(
        people.roadsMember,
        'contact',
        { result: 'not-reached' },
        { key: `c-${n}` },
      ).story;
    }
    told.when(clerk, 'note', { text: '一次' }, key).thenEmits();
  });

  it('takes no more before the dossier is too full to hand over, and can still be moved', () => {
    const body = {
      kind: 'leader',
      requirement: '办'.repeat(1_000),
      dueAt: '2026-03-05T18:00:00+08:00',
    } as const;
    let told = filed();
    for (let n = 0; n < 39; n++) told = told.give(leader, 'supervise', body);
    told.when(leader, 'supervise', body).thenRefused('INCIDENT_FULL');
    told.when(dispatcher, 'assign', { unitId: 'roads' }).thenState({ status: 'assigned' });
  });

  it('takes the same key of another person for another command', () => {
    const key = { key: 'k-1' };
    const noted = filed().when(clerk, 'note', { text: '一次' }, key).story;
    noted.when(seat, 'note', { text: '一次' }, key).thenEmits('dispatch.noted');
  });

  it('holds If-Match against the last act, not against marks', () => {
    const overdue = filed()
      .later(20)
      .whenNudged()
      .thenEmits('dispatch.clock-warned', 'dispatch.clock-overdue');
    const seen = filed().incident.version;
    overdue.when(clerk, 'note', { text: '看过' }, { ifMatch: seen }).thenEmits('dispatch.noted');
    overdue
      .when(clerk, 'note', { text: '看过' }, { ifMatch: seen - 1 })
      .thenRefused('VERSION_STALE');
    overdue
      .when(clerk, 'note', { text: '看过' }, { ifMatch: seen + 9 })
      .thenRefused('VERSION_STALE');
    overdue
      .give(supervisor, 'note', { text: '新' })
      .when(clerk, 'note', { text: '看过' }, { ifMatch: seen })
      .thenRefused('VERSION_STALE');
  });
});
