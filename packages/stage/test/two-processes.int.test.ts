import { randomUUID } from 'node:crypto';
import {
  encodeEvent,
  type HandOverEvent,
  type Incident,
  type IncidentEvent,
} from '@cityloop/contracts';
import { Unavailable } from '@cityloop/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Command } from '../src/index.ts';
import {
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
    expect(await history(world, id)).toHaveLength(2);
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

  it('refuse a command again that was refused under its key, though by now it could be done', async () => {
    const [event] = await held(1);
    const id = event?.incidentId ?? '';
    // Sent to a process that is frozen, and then to this one: the first must not do it when it wakes.
    const early = order(id, finish, { key: 'early' });
    expect(await refusal(one.stage.engine.command(early))).toBe('NOT_RECEIVED');
    await two.stage.engine.command(order(id, receive));
    expect(await refusal(two.stage.engine.command(early))).toBe('NOT_RECEIVED');
    expect(await refusal(one.stage.engine.command(early))).toBe('NOT_RECEIVED');
    const other = order(id, note('another body'), { key: 'early' });
    expect(await refusal(two.stage.engine.command(other))).toBe('IDEMPOTENCY_KEY_REUSED');
    const anew = await two.stage.engine.command(order(id, finish, { key: 'anew' }));
    expect(anew.status).toBe('finished');
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

  it('settle what the other has made due, though their own copy knows of no due', async () => {
    const [event] = await held(1);
    const id = event?.incidentId ?? '';
    await two.stage.engine.command(order(id, note('two knows it')));
    const state = (await two.stage.engine.whereabouts(id))?.incident;
    const running = state?.clocks['end-to-end'];
    if (state === undefined || running === undefined) throw new Error('it is held and has a clock');
    // As if another process had shortened a clock: overdue by the row, not by the copy of two.
    const dueAt = new Date(Date.now() - 60_000).toISOString();
    await elsewhere(state, { 'end-to-end': { ...running, dueAt, warnAt: dueAt } }, dueAt);
    await two.stage.engine.nudge(id);
    const types = (await history(world, id)).map((line) => line.type);
    expect(types.filter((type) => type === 'handling.clock-overdue')).toHaveLength(1);
  });

  /** One more fact of the incident and its row, by a process that is neither of the two. */
  async function elsewhere(state: Incident, clocks: Incident['clocks'], dueAt: string) {
    const at = new Date().toISOString();
    const version = state.version + 1;
    const event: IncidentEvent = {
      id: randomUUID(),
      incidentId: state.id,
      version,
      custodian: 'handling',
      occurredAt: at,
      recordedAt: at,
      type: 'handling.noted',
      data: { by: { id: 'elsewhere', role: 'dispatcher' }, clocks },
    };
    await world.write(state.id, version, encodeEvent(event));
    await world.db.execute({
      text: 'update handling.incident set version = $2, next_due_at = $3 where incident_id = $1',
      values: [state.id, version, dueAt],
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
