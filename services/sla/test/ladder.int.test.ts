import type { RungTo } from '@cityloop/contracts';
import { createLogger } from '@cityloop/runtime';
import { describe, expect, it, vi } from 'vitest';
import { clockLate, createWorld, rungs } from './world.ts';

const names = (rows: readonly { readonly rung: string }[]): string[] => rows.map((r) => r.rung);

describe('the watch over the ladders', () => {
  it('tells the unit when its clock has run out, once, however often the log says so', async () => {
    const world = await createWorld();
    await world.start();
    const id = await world.incident(clockLate(1));
    await world.settled();
    await world.again(id);
    await world.settled();
    expect(names(await world.rungs(id))).toEqual(['late']);
    const notices = await world.notices(id);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ person: 'roads-leader', state: 'sent' });
    expect(notices[0]?.text).toMatch(/^【已超时】.*处置时限 .*已超 1分（超时）。$/);
    expect(world.asked).toEqual([]);
  });

  it('says after a night without power in one message what was missed, and asks for the highest 督办 alone', async () => {
    const world = await createWorld();
    const ids = await Promise.all(Array.from({ length: 40 }, () => world.incident(clockLate(90))));
    await world.start();
    await world.settled();
    for (const id of ids) {
      const told = await world.rungs(id);
      expect(told.map((r) => [r.rung, r.missed])).toEqual([
        ['late', true],
        ['centre', true],
        ['upper', true],
        ['leader#1', false],
      ]);
      const notices = await world.notices(id);
      expect(new Set(notices.map((n) => n.text)).size).toBe(1);
      expect(notices[0]?.text).toContain('【补报·超时督办】');
      expect(notices[0]?.text).toContain('此前未能通知：超时 ');
    }
    expect(world.asked).toHaveLength(40);
    expect(world.asked[0]).toMatchObject({
      verb: 'supervise',
      body: { kind: 'overdue', ladder: { rung: 'upper', clock: 'handle', epoch: 1 } },
    });
  });

  it('goes up rung by rung, and goes on where it was after a restart', async () => {
    const world = await createWorld();
    const first = await world.start();
    const id = await world.incident(clockLate(1));
    await world.settled();
    await first[Symbol.asyncDispose]();
    const standing = await world.rungs(id);
    // Ten minutes later, as its holder has it.
    const late = clockLate(11).redAt ?? '';
    await world.db.execute({
      text: `update sla.watched set next_at = now(), rev = rev + 1,
             clocks = json_build_object('handle', json_build_object('epoch', 1, 'dueAt', $1::text, 'fired', array['late']))`,
      values: [late],
    });
    const before = world.incidents.get(id);
    if (before === undefined) throw new Error('it is there');
    world.incidents.set(id, {
      ...before,
      clocks: { handle: clockLate(11, { dueAt: late, redAt: late }) },
    });
    await world.start();
    await world.settled();
    expect(names(standing)).toEqual(['late']);
    expect(names(await world.rungs(id))).toEqual(['late', 'centre']);
    expect(world.asked.map(({ key }) => key)).toEqual([`sla:${id}:handle:1:centre`]);
    expect((await world.notices(id)).map((n) => [n.person, n.state])).toContainEqual([
      'supervisor',
      'sent',
    ]);
  });

  it('does not tell twice in two processes', async () => {
    const world = await createWorld();
    await world.start();
    await world.start();
    const ids = await Promise.all(Array.from({ length: 60 }, () => world.incident(clockLate(1))));
    await world.settled();
    for (const id of ids) {
      expect(names(await world.rungs(id))).toEqual(['late']);
      expect(await world.notices(id)).toHaveLength(1);
    }
  });

  it('tells nobody of a 督办 that its holder refused', async () => {
    const world = await createWorld();
    world.refusal = 'SUPERVISION_VOID';
    await world.start();
    const id = await world.incident(clockLate(11));
    await world.settled();
    expect(new Set((await world.notices(id)).map((n) => n.state))).toEqual(new Set(['void']));
    expect((await world.rungs(id)).map((r) => r.outcome)).toEqual([null, 'SUPERVISION_VOID']);
  });

  it('tells anew of a 督办 that was void where the clock runs on as late as before', async () => {
    const world = await createWorld();
    world.deaf = true;
    await world.start();
    const clock = clockLate(11);
    const id = await world.incident(clock);
    await vi.waitFor(async () => expect(await world.notices(id)).not.toEqual([]));
    // It was paused and goes on: another epoch, the same due instant.
    await world.moves(id, 'resumed', { clocks: { handle: { ...clock, epoch: 2 } } });
    world.deaf = false;
    await vi.waitFor(() => expect(world.asked).toHaveLength(2), { timeout: 10_000 });
    await world.settled();
    expect(world.asked.map(({ key }) => key)).toEqual([
      `sla:${id}:handle:1:centre`,
      `sla:${id}:handle:2:centre`,
    ]);
    const notices = Map.groupBy(await world.notices(id), (n) => n.state);
    const people = (state: string) => notices.get(state)?.map((n) => n.person);
    expect(people('void')).toContain('roads-leader');
    expect(people('sent')).toEqual(people('void'));
  });

  it('has one entry in the list of a person for all that was missed, with every incident', async () => {
    const world = await createWorld();
    const ids = await Promise.all(Array.from({ length: 5 }, () => world.incident(clockLate(90))));
    const { door } = await world.start();
    await world.settled();
    const { items, unread } = await door.notices('roads-leader', { limit: 10 });
    expect([items.length, unread]).toEqual([1, 1]);
    const [entry] = items;
    expect(entry?.title).toBe('补报·超时督办 等 5 条');
    expect(entry?.text).toMatch(/^(【.*\n){3}另有 2 条。$/);
    expect(entry?.incidentIds?.toSorted()).toEqual(ids.toSorted());
    const newest = await door.newestNotices(['roads-leader']);
    expect(newest).toEqual([{ personId: 'roads-leader', id: entry?.id, unread: 1 }]);
    expect(await door.readNotice('roads-leader', entry?.id ?? '')).toBe(true);
    expect(await door.notices('roads-leader', { limit: 10, unread: true })).toEqual({
      items: [],
      unread: 0,
    });
  });

  it('warns of nothing while an incident is handed over', async () => {
    const said: string[] = [];
    const world = await createWorld();
    world.handing = true;
    const destination = { write: (line: string) => void said.push(line) };
    await world.start({ logger: createLogger({ name: 'test', level: 'debug', destination }) });
    await world.incident(clockLate(1));
    await vi.waitFor(() => expect(said.join('')).toContain('IN_TRANSIT'), { timeout: 5_000 });
    const levels = said
      .filter((line) => line.includes('IN_TRANSIT'))
      .map((l) => JSON.parse(l).level);
    expect(new Set(levels)).toEqual(new Set([20]));
  });

  it('keeps the rungs in order while a holder is away, and asks when it is back', async () => {
    const world = await createWorld();
    await world.start();
    world.away = true;
    const id = await world.incident(clockLate(11));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await world.rungs(id)).toEqual([]);
    world.away = false;
    await vi.waitFor(() => expect(world.asked).toHaveLength(1), { timeout: 10_000 });
    await world.settled();
    expect((await world.notices(id)).every((n) => n.state === 'sent')).toBe(true);
  });
});

describe('what climbs no more', () => {
  it.each([
    ['has stopped', { clocks: { handle: clockLate(1, { stoppedAt: new Date().toISOString() }) } }],
    ['has ended', { status: 'closed' as const }],
    ['was merged', { status: 'merged' as const }],
    ['was imported', { imported: true as const }],
  ])('is what %s', async (_what, change) => {
    const world = await createWorld();
    await world.start();
    const id = await world.incident(clockLate(90), change);
    await world.settled();
    expect(await world.rungs(id)).toEqual([]);
    expect(await world.watched()).toBe(0);
  });

  it('stands still while it is paused, and begins anew when the due instant was set anew', async () => {
    const world = await createWorld();
    await world.start();
    const id = await world.incident(clockLate(1));
    await world.settled();
    const red = world.incidents.get(id)?.clocks.handle;
    const paused = { ...clockLate(1), ...red, pausedAt: new Date().toISOString(), remainingMs: 0 };
    await world.moves(id, 'noted-elsewhere', { clocks: { handle: paused } });
    await world.settled();
    const next = 'select next_at is null as still from sla.watched';
    expect(await world.db.query({ text: next })).toEqual([{ still: true }]);
    // Granted more time, and late once more: another epoch, another lateness.
    await world.moves(id, 'clock-overdue', { clocks: { handle: clockLate(2, { epoch: 3 }) } });
    await world.settled();
    const told = await world.db.query({
      text: 'select epoch, rung from sla.rung where incident_id = $1 order by epoch',
      values: [id],
    });
    expect(told).toEqual([
      { epoch: 1, rung: 'late' },
      { epoch: 3, rung: 'late' },
    ]);
  });
});

describe('who is told', () => {
  it('is nobody whom the complaint is about', async () => {
    const world = await createWorld();
    await world.start();
    const id = await world.incident(clockLate(1), { against: { unitId: 'roads' } });
    await world.settled();
    expect(names(await world.rungs(id))).toEqual(['late']);
    expect(await world.notices(id)).toEqual([]);
  });

  it('follows the ladder that holds now', async () => {
    const world = await createWorld({ ladders: [] });
    await world.start();
    const id = await world.incident(clockLate(1));
    await world.settled();
    expect(await world.rungs(id)).toEqual([]);
    const to: RungTo[] = [{ role: 'dispatcher', of: 'centre' }];
    world.revise({ ladders: [{ id: 'x', clocks: ['handle'], rungs: [{ ...rungs[0], to }] }] });
    await world.again(id);
    await world.moves(id, 'clock-overdue', {});
    await world.settled();
    expect((await world.notices(id)).map((n) => n.person)).toEqual([
      'dispatcher',
      'other-dispatcher',
    ]);
  });
});
