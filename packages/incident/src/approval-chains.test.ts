import {
  closed,
  confirmed,
  filed,
  filedInWest,
  people,
  reported,
  type Story,
  story,
  testPack,
  testPolicy,
} from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { type Act, applied, type Rows, row, walked } from '../test/approval-cases.ts';

const { clerk, dispatcher, verifier, supervisor } = people;
const grant = { decision: 'grant' } as const;
const refuse = { decision: 'refuse' } as const;

describe('an application is void when the case moves on', () => {
  const voided: readonly (readonly [Act, string, (told: Story) => Story])[] = [
    ['decline', 'filed', (s) => filed(s)],
    ['decline', 'answered', (s) => s.give(clerk, 'answer', { answer: '已解释' })],
    ['decline', 'sent on', (s) => s.give(clerk, 'transfer', { centreId: '310110012' })],
    ['decline', 'checked on the spot', (s) => s.give(clerk, 'request-fact-check')],
    ['decline', 'merged', (s) => s.give(clerk, 'merge', { into: filed(reported(s)).id })],
    ['self-handled', 'withdrawn', (s) => s.give(people.westClerk, 'withdraw')],
    ['cancel', 'assigned', (s) => s.give(dispatcher, 'assign', { unitId: 'roads' })],
    ['cancel', 'passed down', (s) => s.give(dispatcher, 'pass-down')],
    ['forced-close', 'reworked', (s) => s.give(clerk, 'order-rework', { cause: 'not-enough' })],
    ['close', 'reworked', (s) => s.give(clerk, 'order-rework', { cause: 'not-enough' })],
  ];

  it.each(voided)('%s: %s', (act, _how, moveOn) => {
    const told = applied(act);
    expect(told.incident.requests).toHaveLength(1);
    expect(moveOn(told).incident.requests).toEqual([]);
  });

  it('a forced closing: checked, passed and closed by rule', () => {
    const told = confirmed()
      .when(clerk, 'close', { forced: true, text: '无法入户' })
      .thenEmits('verification.forced-close-requested');
    const end = closed(told);
    expect(end.incident).toMatchObject({ status: 'closed', requests: [] });
    expect(end.incident.closing?.forced).toBeUndefined();
  });
});

describe('which chain an act needs', () => {
  const under = (...rows: Rows): Story =>
    story(
      testPolicy({
        approvals: [...rows, ...testPack.approvals.filter(({ act }) => act !== rows[0]?.act)],
      }),
    );

  it('is the first row’s that fits: by channel, kind or urgency', () => {
    const rows: Rows = [
      { act: 'cancel', when: { urgency: 'urgent' }, steps: ['shift-supervisor'] },
      { act: 'cancel', when: { channel: 'hotline-12345', kind: 'component' }, steps: ['clerk'] },
      { act: 'cancel', steps: [] },
    ];
    const steps = (told: Story): readonly string[] | undefined =>
      told.give(dispatcher, 'cancel', { reasonCode: 'misreport' }).incident.requests[0]?.steps;
    const manhole = { categoryCode: 'C01-02' };
    const usual = filed(under(...rows).report(manhole));
    const urgent = { reasonCode: 'category-wrong', urgency: 'urgent' } as const;
    expect(steps(usual.give(clerk, 'amend', urgent))).toEqual(['shift-supervisor']);
    expect(steps(usual)).toEqual(['clerk']);
    const walkIn = filed(under(...rows).report({ ...manhole, channel: 'walk-in' }));
    expect(steps(walkIn)).toBeUndefined();
    const declining = under(
      { act: 'decline', when: { kind: 'component' }, steps: ['shift-supervisor'] },
      { act: 'decline', steps: [] },
    );
    reported(declining)
      .when(clerk, 'decline', { reasonCode: 'condition-not-met' })
      .thenEmits('intake.decline-requested');
  });

  it('is decided on by the district’s people where the row says so', () => {
    const west = filedInWest(
      under({ act: 'cancel', level: 'district', steps: ['dispatcher', 'shift-supervisor'] }),
    ).give(people.westSupervisor, 'cancel', { reasonCode: 'misreport' });
    west.when(people.westDispatcher, 'decide-cancel', grant).thenRefused('NOT_YOUR_STEP');
    west
      .give(dispatcher, 'decide-cancel', grant)
      .when(supervisor, 'decide-cancel', grant)
      .thenState({ status: 'cancelled' });
  });

  it('is that of an upper level for a unit’s application too', () => {
    const told = filedInWest(
      under({ act: 'extension', level: 'district', steps: ['unit-leader', 'dispatcher'] }),
    )
      .give(people.westDispatcher, 'assign', { unitId: 'west-cleaning' })
      .give(people.westCleaningMember, 'receive');
    const due = told.incident.clocks.handle?.dueAt ?? '';
    const later = new Date(Date.parse(due) + 60_000).toISOString();
    told
      .give(people.westCleaningMember, 'request-extension', { until: later })
      .give(people.westCleaningLeader, 'decide-extension', grant)
      .when(dispatcher, 'decide-extension', grant)
      .thenState({ counters: { extensions: 1 } });
  });
});

describe('what an application leads to', () => {
  it('is no closing while somebody waits for an answer, even if nobody did when it was made', () => {
    const told = applied('close')
      .give(people.seat, 'supplement', {
        channel: 'hotline-12345',
        reporter: { wantsReply: true },
      })
      .give(verifier, 'decide-close', grant);
    told.when(supervisor, 'decide-close', grant).thenRefused('DEMANDS_UNANSWERED');
    told.when(supervisor, 'decide-close', refuse).thenState({ status: 'to-close', requests: [] });
  });

  it('is one for the kind it is filed as, whatever it was reported as', () => {
    const when = { kind: 'event' as const };
    const approvals: Rows = [
      { act: 'self-handled', when, steps: ['shift-supervisor'] },
      { act: 'self-handled', steps: [] },
    ];
    const handled = { selfHandled: true, attachments: ['before', 'after'] };
    const told = (categoryCode: string) =>
      story(testPolicy({ approvals })).report(
        { categoryCode, channel: 'grid-worker', ...handled },
        people.westGrid,
      );
    const standing = { categoryCode: 'C01-02', standardId: 'C01-02.2' };
    told('C01-02').when(people.westClerk, 'file', row).thenEmits('intake.self-handled-requested');
    told('E01-10')
      .when(people.westClerk, 'file', standing)
      .thenEmits('intake.self-handled', 'archive.evaluated');
  });

  it('is a case like any other when it is not accepted as handled', () => {
    applied('self-handled')
      .give(people.westVerifier, 'decide-self-handled', refuse)
      .when(people.westClerk, 'file', row)
      .thenEmits('intake.filed');
  });

  it('is a closing nobody does by rule where the pack wants an agreement', () => {
    walked()
      .when(verifier, 'check', { outcome: 'pass' })
      .thenEmits('verification.checked')
      .whenNudged()
      .thenState({ status: 'to-close' });
  });
});
