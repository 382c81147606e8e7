import { type HandOverEvent } from '@cityloop/contracts';
import { Unavailable } from '@cityloop/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Command } from '../src/index.ts';
import {
  assignment,
  assignments,
  confirm,
  finish,
  history,
  note,
  order,
  type Process,
  receive,
  refusal,
  roadsLeader,
  type StageWorld,
  stageWorld,
  taken,
  until,
} from './fixture.ts';

let world: StageWorld;
let one: Process;
let two: Process;

beforeEach(async () => {
  world = await stageWorld();
  one = await world.start();
  two = await world.start();
});
afterEach(() => world[Symbol.asyncDispose]());

/** As a client does: repeats with the same key while it is told that nothing could be stored. */
async function insist({ stage }: Process, command: Command): Promise<Answer> {
  for (;;) {
    try {
      return await stage.engine.command(command);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}

/** Versions without a gap from the hand-over on, and the row at the last of them. */
async function expectContiguous(event: HandOverEvent): Promise<void> {
  const lines = await history(world, event.incidentId);
  expect(lines.map((line) => line.version)).toEqual(lines.map((_, n) => event.version + n));
  const [row] = await world.db.query<{ version: number }>({
    text: 'select version from handling.incident where incident_id = $1',
    values: [event.incidentId],
  });
  expect(row?.version).toBe(lines.at(-1)?.version);
}

async function held(count: number): Promise<HandOverEvent[]> {
  const events = assignments(count);
  await world.handOver(events);
  await taken(world, events);
  return events;
}

describe('two processes on one database', () => {
  it('lose and double nothing of 2,000 commands they fight over', async () => {
    const events = await held(50);
    const answers = await Promise.all(
      Array.from({ length: 2_000 }, (_, n) => {
        const { incidentId } = events[n % 50] as HandOverEvent; // of the fifty
        return insist(n % 3 === 0 ? one : two, order(incidentId, note(`${n}`), { key: `k${n}` }));
      }),
    );
    for (const [n, event] of events.entries()) {
      await expectContiguous(event);
      const lines = await history(world, event.incidentId);
      const noted = lines.filter((line) => line.type === 'handling.noted');
      expect(noted).toHaveLength(40);
      expect(new Set(noted.map((line) => line.key)).size).toBe(40);
      const told = answers.filter((_, m) => m % 50 === n).map((answer) => answer.version);
      expect(told.toSorted((a, b) => a - b)).toEqual(noted.map((line) => line.version));
    }
  });

  it('take a command once when it comes to both at the same time under one key', async () => {
    const events = await held(20);
    const keys = Array.from({ length: 200 }, (_, n) => ({
      key: `k${n}`,
      incidentId: (events[n % 20] as HandOverEvent).incidentId, // of the twenty
    }));
    const pairs = await Promise.all(
      keys.map(({ key, incidentId }) => {
        const command = order(incidentId, note(key), { key });
        return Promise.all([insist(one, command), insist(two, command), insist(one, command)]);
      }),
    );
    for (const [first, ...others] of pairs) {
      for (const other of others) expect(other).toEqual(first);
    }
    for (const event of events) {
      await expectContiguous(event);
      const noted = (await history(world, event.incidentId)).slice(1);
      expect(noted).toHaveLength(10);
      expect(new Set(noted.map((line) => line.key)).size).toBe(10);
    }
  });

  it('refuse another body under a key the other process has taken', async () => {
    const [event] = await held(1);
    const id = event?.incidentId ?? '';
    await one.stage.engine.command(order(id, note('this'), { key: 'same' }));
    const other = two.stage.engine.command(order(id, note('that'), { key: 'same' }));
    expect(await refusal(other)).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('answer a repeat after custody has left, whichever process it comes to', async () => {
    const [event] = await held(1);
    const id = event?.incidentId ?? '';
    await one.stage.engine.command(order(id, receive));
    await one.stage.engine.command(order(id, finish));
    const leave = order(id, confirm, { subject: roadsLeader, key: 'once' });
    const answer = await two.stage.engine.command(leave);
    expect(answer.custodian).toBe('verification');
    expect(await one.stage.engine.command(leave)).toEqual(answer);
    expect(await two.stage.engine.command(leave)).toEqual(answer);
    const lines = await history(world, id);
    expect(lines.filter((line) => line.type === 'handling.confirmed')).toHaveLength(1);
  });

  it('decide by what the other has done meanwhile, not by a copy that has gone stale', async () => {
    const [event] = await held(1);
    const id = event?.incidentId ?? '';
    await two.stage.engine.command(order(id, note('two knows it as assigned')));
    const received = await one.stage.engine.command(order(id, receive));
    // By its stale copy two would say NOT_RECEIVED, and that version is unknown to it.
    const finished = await two.stage.engine.command(
      order(id, finish, { ifMatch: received.version }),
    );
    expect(finished.status).toBe('finished');
    expect(await refusal(one.stage.engine.command(order(id, finish)))).toBe('FINISHED');
    expect((await one.stage.engine.whereabouts(id))?.incident?.status).toBe('finished');
    await expectContiguous(event as HandOverEvent); // there is one
  });

  it('show what the other has done meanwhile', async () => {
    const [event] = await held(1);
    const id = event?.incidentId ?? '';
    await two.stage.engine.command(order(id, note('two knows it as assigned')));
    const received = await one.stage.engine.command(order(id, receive));
    expect((await two.stage.engine.whereabouts(id))?.incident).toMatchObject({
      status: 'handling',
      version: received.version,
    });
    expect(await two.stage.engine.row(id)).toMatchObject({ version: received.version });
  });

  it('settle what the other has made due, though their copy knows of no due', async () => {
    const [event] = await held(1);
    const id = event?.incidentId ?? '';
    await two.stage.engine.command(order(id, note('two knows it')));
    const before = await history(world, id);
    // As if a clock had been shortened by the other process a while ago: a new state, overdue.
    const overdue = new Date(Date.now() - 60_000).toISOString();
    await world.write(id, event?.version ?? 0, 'x').catch(() => undefined);
    const state = (await two.stage.engine.whereabouts(id))?.incident;
    const handle = state?.clocks.handle ?? state?.clocks.receive;
    if (state === undefined || handle === undefined) throw new Error('it is held and has a clock');
    const shortened = {
      type: 'handling.noted',
      data: {
        by: { id: 'elsewhere', role: 'dispatcher' },
        clocks: { [handle.kind]: { ...handle, dueAt: overdue } },
      },
    };
    await one.stage.arrivals[Symbol.asyncDispose]();
    await rewrite(id, state.version + 1, shortened, overdue);
    await two.stage.engine.nudge(id);
    const after = await history(world, id);
    expect(after.slice(before.length).map((line) => line.type)).toContain('handling.clock-overdue');
  });

  async function rewrite(id: string, version: number, fact: object, dueAt: string): Promise<void> {
    const at = new Date().toISOString();
    const { type, data } = fact as { type: string; data: object }; // made above
    const body = JSON.stringify({
      type: `cn.cityloop.${type}.v1`,
      custodian: 'handling',
      specversion: '1.0',
      id: assignment().id,
      source: '/cityloop/handling',
      subject: id,
      sequence: `${version}`,
      time: at,
      recordedat: at,
      datacontenttype: 'application/json',
      data,
    });
    await world.write(id, version, body);
    await world.db.execute({
      text: 'update handling.incident set version = $2, next_due_at = $3 where incident_id = $1',
      values: [id, version, dueAt],
    });
  }

  it('take hand-overs by one of them only, and by the other when it is gone', async () => {
    await held(5);
    expect([one.stage.arrivals.active, two.stage.arrivals.active].toSorted()).toEqual([
      false,
      true,
    ]);
    const [active, other] = one.stage.arrivals.active ? [one, two] : [two, one];
    await active[Symbol.asyncDispose]();
    const more = await held(5);
    await until(() => other.stage.arrivals.active, 'the other to be active');
    for (const event of more) await expectContiguous(event);
  });
});
