import { seatsAwaited } from '@cityloop/incident';
import { finished, people, received, type Story, testPack, testPolicy } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { dispatcher, supervisor, roadsMember, roadsLeader } = people;
const grant = { decision: 'grant' as const };
const refuse = { decision: 'refuse' as const };
/** The case is due at 15:30; one more limit of four working hours ends at 19:30. */
const DUE = '2026-03-02T07:30:00.000Z';
const until = '2026-03-02T18:00:00+08:00';

const asked = (from: Story = received(), by = roadsMember): Story =>
  from.give(by, 'request-extension', { until, reasonCode: 'complex' });
const granted = (): Story =>
  asked().give(roadsLeader, 'decide-extension', grant).give(dispatcher, 'decide-extension', grant);

describe('an extension', () => {
  it('passes its chain in order, each step an event, and moves the deadline', () => {
    const half = asked()
      .when(roadsLeader, 'decide-extension', grant)
      .thenState({ requests: [{ steps: ['dispatcher'], agreed: ['roads-leader'] }] });
    expect(half.events.at(-1)?.data).toMatchObject({ final: false, by: { role: 'unit-leader' } });
    const whole = half
      .when(dispatcher, 'decide-extension', grant)
      .thenEmits('handling.extension-decided');
    expect(whole.incident).toMatchObject({ counters: { extensions: 1 }, requests: [] });
    expect(whole.incident.clocks.handle).toMatchObject({
      firstDueAt: DUE,
      dueAt: '2026-03-02T10:00:00.000Z',
      epoch: 2,
    });
  });

  it('waits for nobody while the crew has finished, and again when it was sent back', () => {
    expect(seatsAwaited(asked().incident)).toEqual(['unit-leader@roads']);
    const done = asked().give(roadsMember, 'finish', {
      result: 'resolved',
      attachments: ['after'],
    });
    expect(seatsAwaited(done.incident)).toBeUndefined();
    expect(seatsAwaited(done.give(roadsLeader, 'send-back').incident)).toEqual([
      'unit-leader@roads',
    ]);
  });

  it('is decided by whose turn it is, never by the applicant', () => {
    asked().when(dispatcher, 'decide-extension', grant).thenRefused('NOT_YOUR_STEP');
    asked().when(supervisor, 'decide-extension', grant).thenRefused('NOT_YOUR_STEP');
    asked()
      .when(people.greeningLeader, 'decide-extension', grant)
      .thenRefused('INCIDENT_NOT_FOUND');
    received().when(roadsLeader, 'decide-extension', grant).thenRefused('NO_APPLICATION');
    const double = { ...roadsMember, roles: ['unit-member', 'unit-leader'] as const };
    const own = { ...double, roles: [...double.roles] };
    const both = received().give({ ...own, roles: ['unit-member'] }, 'request-extension', {
      until,
    });
    both.when(own, 'decide-extension', grant).thenRefused('OWN_APPLICATION');
  });

  it('skips the leader’s step when the leader applies', () => {
    asked(received(), roadsLeader)
      .when(dispatcher, 'decide-extension', grant)
      .thenState({ counters: { extensions: 1 } });
  });

  it('ends with the first refusal', () => {
    asked()
      .when(roadsLeader, 'decide-extension', refuse)
      .thenState({ requests: [], counters: { extensions: 0 }, clocks: { handle: { dueAt: DUE } } });
  });

  it('is granted twice at most, the second time by the shift supervisor too', () => {
    const more = { until: '2026-03-02T19:00:00+08:00' };
    const again = granted().give(roadsMember, 'request-extension', more);
    expect(again.incident.requests[0]?.steps).toEqual([
      'unit-leader',
      'dispatcher',
      'shift-supervisor',
    ]);
    const twice = again
      .give(roadsLeader, 'decide-extension', grant)
      .give(dispatcher, 'decide-extension', grant)
      .when(supervisor, 'decide-extension', grant)
      .thenState({ counters: { extensions: 2 } });
    twice
      .when(roadsMember, 'request-extension', { until: '2026-03-03T09:00:00+08:00' })
      .thenRefused('EXTENSIONS_USED_UP');
  });

  it('lies behind the deadline by one more limit at most', () => {
    const ask = (to: string) => received().when(roadsMember, 'request-extension', { until: to });
    ask('2026-03-02T15:30:00+08:00').thenRefused('UNTIL_OUT_OF_RANGE');
    ask('2026-03-02T19:30:01+08:00').thenRefused('UNTIL_OUT_OF_RANGE');
    ask('2026-03-02T19:30:00+08:00').thenEmits('handling.extension-requested');
  });

  it('is measured by the unit’s own time, which it moves; what upstream binds stays', () => {
    const upstreamDueAt = '2026-03-02T17:00:00+08:00';
    const call = { channel: 'hotline-12345', upstreamDueAt } as const;
    const bound = received().give(people.seat, 'supplement', call);
    const at = '2026-03-02T03:00:00.000Z';
    expect(bound.incident.clocks.handle?.dueAt).toBe(at);
    bound
      .when(roadsMember, 'request-extension', { until: '2026-03-02T14:30:00+08:00' })
      .thenRefused('EXTENSION_MOVES_NOTHING');
    bound
      .when(roadsMember, 'request-extension', { until: '2026-03-02T19:30:01+08:00' })
      .thenRefused('UNTIL_OUT_OF_RANGE');
    const told = asked(bound)
      .give(roadsLeader, 'decide-extension', grant)
      .when(dispatcher, 'decide-extension', grant)
      .thenState({ counters: { extensions: 1 }, clocks: { handle: { dueAt: at } } });
    const demandId = told.incident.demands.at(-1)?.id ?? '';
    const freed = told.give(people.clerk, 'withdraw', { demandId });
    expect(freed.incident.clocks.handle?.dueAt).toBe(new Date(until).toISOString());
  });

  it('is not applied for once overdue; one applied for in time is granted or refused however late', () => {
    const overdue = received().at('2026-03-02T15:30:00+08:00');
    overdue.when(roadsMember, 'request-extension', { until }).thenRefused('ALREADY_OVERDUE');
    const late = asked().at('2026-03-02T15:31:00+08:00');
    const granted = late.give(roadsLeader, 'decide-extension', grant);
    const given = granted.give(people.dispatcher, 'decide-extension', grant).incident.clocks.handle;
    expect(given).toMatchObject({ dueAt: new Date(until).toISOString() });
    expect(given?.redAt).toBeUndefined();
    late.when(roadsLeader, 'decide-extension', refuse).thenState({ requests: [] });
  });

  it('is applied for once at a time, with a reason of the list, while there is work', () => {
    asked().when(roadsMember, 'request-extension', { until }).thenRefused('APPLICATION_PENDING');
    received()
      .when(roadsMember, 'request-extension', { until, reasonCode: 'x' })
      .thenRefused('REASON_UNKNOWN');
    finished().when(roadsMember, 'request-extension', { until }).thenRefused('FINISHED');
  });

  it('needs nobody where the pack says so', () => {
    const free = testPolicy({
      approvals: testPack.approvals.map((a) => (a.act === 'extension' ? { ...a, steps: [] } : a)),
    });
    received()
      .under(free)
      .when(roadsMember, 'request-extension', { until })
      .thenEmits('handling.extension-requested', 'handling.extension-decided')
      .whenNudged()
      .thenState({ counters: { extensions: 1 }, requests: [] });
  });
});

const toApril = { until: '2026-04-01T09:00:00+08:00', kind: 'funds' };
const applied = (from: Story = received()): Story =>
  from.give(roadsMember, 'request-suspension', toApril);
const suspended = (): Story =>
  applied()
    .give(roadsLeader, 'decide-suspension', grant)
    .give(supervisor, 'decide-suspension', grant);

describe('a suspension', () => {
  it('stands the clocks of handling and of the whole still until its day', () => {
    expect(suspended().incident).toMatchObject({
      status: 'suspended',
      requests: [],
      pauses: [{ kind: 'suspension', until: '2026-04-01T01:00:00.000Z', reason: 'funds' }],
    });
    const quiet = suspended().at('2026-03-20T09:00:00+08:00').whenNudged().thenEmits();
    expect(quiet.types).not.toContain('handling.clock-overdue');
  });

  it('keeps everybody from handling meanwhile', () => {
    const still = suspended();
    still.when(roadsMember, 'finish', { result: 'explained' }).thenRefused('SUSPENDED');
    still.when(roadsMember, 'contact', { result: 'reached' }).thenRefused('SUSPENDED');
    still.when(roadsLeader, 'return', { reasonCode: 'not-our-duty' }).thenRefused('SUSPENDED');
    still.when(roadsMember, 'request-extension', { until }).thenRefused('SUSPENDED');
    still.when(roadsLeader, 'confirm').thenRefused('SUSPENDED');
    still.when(people.clerk, 'note', { text: '可以备注' }).thenEmits('handling.noted');
  });

  it('ends by itself as of its day, however late somebody looks', () => {
    const told = suspended()
      .at('2026-04-01T12:00:00+08:00')
      .whenNudged()
      .thenEmits('handling.resumed');
    expect(told.events.at(-1)).toMatchObject({ occurredAt: '2026-04-01T01:00:00.000Z' });
    expect(told.incident).toMatchObject({
      status: 'handling',
      clocks: { handle: { dueAt: '2026-04-01T07:30:00.000Z' } },
    });
    const long = suspended().at('2026-04-03T12:00:00+08:00');
    long
      .whenNudged()
      .thenEmits('handling.resumed', 'handling.clock-warned', 'handling.clock-overdue')
      .whenNudged()
      .thenEmits();
  });

  it('can be ended earlier, once', () => {
    const back = suspended().later(60).when(dispatcher, 'resume').thenState({ status: 'handling' });
    expect(back.incident.clocks.handle?.dueAt).toBe('2026-03-02T08:30:00.000Z');
    back.when(dispatcher, 'resume').thenRefused('NOT_SUSPENDED');
  });

  it('goes with a recall, which voids it', () => {
    const told = suspended().give(supervisor, 'recall', { reasonCode: 'wrong-unit' });
    expect(told.incident.pauses.map((p) => [p.kind, p.endedAt !== undefined])).toEqual([
      ['suspension', true],
      ['return-ruling', false],
    ]);
    const late = told.at('2026-04-02T09:00:00+08:00').whenNudged();
    late.thenEmits(
      ...['dispatch.clock-warned', 'dispatch.clock-overdue'],
      ...['dispatch.clock-warned', 'dispatch.clock-overdue'],
    );
    expect(late.story.incident.clocks.handle?.redAt).toBeUndefined();
  });

  it('goes with a withdrawal: nothing rings in the archive but the archiving', () => {
    const told = suspended().give(people.clerk, 'withdraw');
    expect(told.incident.pauses[0]?.endedAt).toBe('2026-03-02T01:00:00.000Z');
    told.at('2026-04-02T09:00:00+08:00').whenNudged().thenEmits('archive.archived');
  });

  it('lasts a year at most, has a kind of the list, and is decided in turn', () => {
    const ask = (body: Partial<typeof toApril>) =>
      received().when(roadsMember, 'request-suspension', { ...toApril, ...body });
    ask({ until: '2027-03-02T09:00:01+08:00' }).thenRefused('UNTIL_OUT_OF_RANGE');
    ask({ until: '2026-03-02T09:00:00+08:00' }).thenRefused('UNTIL_OUT_OF_RANGE');
    ask({ kind: 'mood' }).thenRefused('REASON_UNKNOWN');
    applied().when(supervisor, 'decide-suspension', grant).thenRefused('NOT_YOUR_STEP');
    applied().when(dispatcher, 'decide-suspension', grant).thenRefused('NOT_YOUR_STEP');
    applied().when(roadsMember, 'request-suspension', toApril).thenRefused('APPLICATION_PENDING');
    received().when(supervisor, 'decide-suspension', grant).thenRefused('NO_APPLICATION');
  });

  it('cannot be granted when its day is over or the work is done', () => {
    applied()
      .give(roadsLeader, 'decide-suspension', grant)
      .at('2026-04-02T09:00:00+08:00')
      .when(supervisor, 'decide-suspension', grant)
      .thenRefused('UNTIL_OUT_OF_RANGE');
    finished(applied()).when(roadsLeader, 'decide-suspension', grant).thenRefused('FINISHED');
  });
});
