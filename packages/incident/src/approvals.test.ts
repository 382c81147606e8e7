import type { Subject } from '@cityloop/contracts';
import { people } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { acts, applied, cases, decides } from '../test/approval-cases.ts';
import { seatsAwaited, seatsOf } from './approvals.ts';
import { commandsFor } from './commands-for.ts';

const { verifier, supervisor } = people;
const grant = { decision: 'grant' } as const;
const refuse = { decision: 'refuse', text: '依据不足' } as const;

const also = (subject: Subject, ...roles: Subject['roles']): Subject => ({
  ...subject,
  roles: [...subject.roles, ...roles],
});

describe.each(acts)('an application for %s', (act) => {
  const { from, by, verb, body, stage, done, status, first, last } = cases[act];
  const standing = (): string => from().incident.status;

  it('is granted step by step, each an event with an opinion; the last carries it out', () => {
    const asked = from()
      .when(by, verb, body)
      .thenEmits(`${stage}.${act}-requested`)
      .whenNudged()
      .thenState({ status: standing(), requests: [{ act, by: by.id, agreed: [] }] });
    const half = asked
      .when(first, decides(act), { ...grant, text: '同意' })
      .thenEmits(`${stage}.${act}-decided`);
    expect(half.incident).toMatchObject({
      status: standing(),
      requests: [{ steps: ['shift-supervisor'], agreed: [first.id] }],
    });
    expect(half.events.at(-1)?.data).toMatchObject({
      final: false,
      text: '同意',
      by: { id: first.id, role: 'verifier' },
    });
    const whole = half
      .when(last, decides(act), { ...grant, text: '照办' })
      .thenEmits(`${stage}.${act}-decided`, `${stage}.${done}`, 'archive.evaluated');
    expect(whole.incident).toMatchObject({ status, requests: [] });
    expect(whole.events.at(-2)?.data).toMatchObject({ by: { id: last.id } });
  });

  it('ends with a refusal, at whichever step, and can be made again', () => {
    const second = applied(act).give(first, decides(act), grant);
    for (const [told, judge] of [
      [applied(act), first],
      [second, last],
    ] as const) {
      const over = told.when(judge, decides(act), refuse).thenEmits(`${stage}.${act}-decided`);
      expect(over.incident).toMatchObject({ status: standing(), requests: [] });
      expect(over.events.at(-1)?.data).toMatchObject({ final: true, text: '依据不足' });
      over.when(last, decides(act), grant).thenRefused('NO_APPLICATION');
      if (act !== 'self-handled') over.give(by, verb, body);
    }
  });

  it('is decided by whose turn it is, at the right centre', () => {
    applied(act).when(last, decides(act), grant).thenRefused('NOT_YOUR_STEP');
    const elsewhere = act === 'self-handled' ? verifier : people.westVerifier;
    const code = act === 'self-handled' ? 'NOT_YOUR_STEP' : 'NOT_PERMITTED';
    applied(act).when(elsewhere, decides(act), grant).thenRefused(code);
    applied(act).when(people.eastSupervisor, decides(act), grant).thenRefused('INCIDENT_NOT_FOUND');
    applied(act).when(people.evaluator, decides(act), grant).thenRefused('NOT_PERMITTED');
    from().when(first, decides(act), grant).thenRefused('NO_APPLICATION');
    const awaited = seatsAwaited(applied(act).incident);
    expect(seatsOf(first)).toEqual(awaited);
    expect(seatsOf(last)).not.toEqual(awaited);
    expect(commandsFor(first, applied(act).incident)).toContain(decides(act));
    expect(commandsFor(last, applied(act).incident)).not.toContain(decides(act));
  });

  it('is never decided by the applicant, nor twice by one person', () => {
    applied(act).when(also(by, 'verifier'), decides(act), grant).thenRefused('OWN_APPLICATION');
    const two = also(first, 'shift-supervisor');
    const half = applied(act).give(two, decides(act), grant);
    half.when(two, decides(act), grant).thenRefused('OWN_APPLICATION');
  });

  it('is made once at a time and taken back by the applicant alone', () => {
    applied(act).when(by, verb, body).thenRefused('APPLICATION_PENDING');
    const told = applied(act);
    const requestId = told.incident.requests[0]?.id ?? '';
    told.when(first, 'withdraw-request', { requestId }).thenRefused('NOT_PERMITTED');
    told.when(last, 'withdraw-request', { requestId }).thenRefused('NOT_YOUR_APPLICATION');
    const back = told
      .when(by, 'withdraw-request', { requestId })
      .thenEmits(`${stage}.application-withdrawn`);
    expect(back.incident).toMatchObject({ status: standing(), requests: [] });
    back.when(first, decides(act), grant).thenRefused('NO_APPLICATION');
    back.when(by, 'withdraw-request', { requestId }).thenRefused('NO_APPLICATION');
  });

  it('is not needed by who stands at the end of the chain', () => {
    const top = act === 'self-handled' ? people.westSupervisor : supervisor;
    from().when(top, verb, body).thenEmits(`${stage}.${done}`, 'archive.evaluated');
  });
});
