import type { HandOverEvent } from '@cityloop/contracts';
import { rulesOf } from '@cityloop/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  assignment,
  assignments,
  finish,
  history,
  note,
  order,
  receive,
  refusal,
  type StageWorld,
  stageWorld,
  taken,
  until,
} from './fixture.ts';

let world: StageWorld;

beforeEach(async () => {
  world = await stageWorld();
});
afterEach(async () => {
  await mend();
  await world[Symbol.asyncDispose]();
});

async function held(count: number): Promise<HandOverEvent[]> {
  const events = assignments(count);
  await world.handOver(events);
  await taken(world, events);
  return events;
}

/** Undoes what a test has done to the schema. */
async function mend(): Promise<void> {
  await world.db.execute({
    text: `drop function if exists log.forbid() cascade;
           drop function if exists handling.forbid() cascade;
           drop function if exists handling.refuse() cascade`,
  });
}

/** From now on the database refuses whatever holds the word, as a mistake of ours in SQL would. */
async function forbid(word: string): Promise<void> {
  await world.db.execute({
    text: `create or replace function log.forbid() returns trigger language plpgsql as $$
           begin
             if strpos(new.body, '${word}') > 0 then raise 'no %', '${word}'; end if;
             return new;
           end $$;
           create or replace trigger forbid before insert on log.incident_event
             for each row execute function log.forbid()`,
  });
}

/** Holds up every commit that appends events, until it is let go. */
async function holdCommits(): Promise<{
  waiting(count: number): Promise<void>;
  letGo(): Promise<void>;
}> {
  const gate = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const holding = world.db.transaction(async (tx) => {
    await tx.execute({ text: `select from log.head where topic = 'incidents' for update` });
    locked.resolve();
    await gate.promise;
  });
  await locked.promise;
  return {
    waiting: (count) =>
      until(async () => {
        const rows = await world.db.query({
          text: `select from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'`,
        });
        return rows.length >= count;
      }, `${count} commits to wait`),
    async letGo() {
      gate.resolve();
      await holding;
    },
  };
}

describe('one batch', () => {
  it('refuses one command without harm to those beside it', async () => {
    const { stage } = await world.start();
    const [event, other] = await held(2);
    const [id, otherId] = [event?.incidentId ?? '', other?.incidentId ?? ''];
    const outcomes = await Promise.allSettled([
      stage.engine.command(order(id, note('before'))),
      stage.engine.command(order(id, finish)),
      stage.engine.command(order(id, receive)),
      stage.engine.command(order(otherId, receive)),
      stage.engine.command(order(id, receive)),
      stage.engine.command(order(id, finish)),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect((await history(world, id)).map((line) => line.type)).toEqual([
      'dispatch.assigned',
      'handling.noted',
      'handling.received',
      'handling.finished',
    ]);
    expect(await history(world, otherId)).toHaveLength(2);
  });

  it('of which the database refuses one work does all the others', async () => {
    const { stage } = await world.start();
    const events = await held(10);
    await forbid('forbidden');
    const outcomes = await Promise.allSettled(
      events.map(({ incidentId }, n) =>
        stage.engine.command(order(incidentId, note(n === 4 ? 'forbidden' : `note ${n}`))),
      ),
    );
    expect(outcomes.map((outcome) => outcome.status === 'fulfilled')).toEqual(
      events.map((_, n) => n !== 4),
    );
    expect(outcomes[4]).toMatchObject({ reason: { code: 'STORE_FAILED', retryable: true } });
    for (const [n, { incidentId }] of events.entries()) {
      expect(await history(world, incidentId)).toHaveLength(n === 4 ? 1 : 2);
    }
    const guilty = events[4]?.incidentId ?? '';
    await stage.engine.command(order(guilty, note('allowed')));
    expect(await history(world, guilty)).toHaveLength(2);
  });

  it('sets the hand-over aside that breaks a rule for good, and takes its neighbours', async () => {
    const bad = assignment();
    const process = await world.start({
      rules: {
        ...rulesOf.handling,
        arrive(incident) {
          if (incident.id === bad.incidentId) throw new TypeError('a mistake in a rule');
          return [];
        },
      },
    });
    const [before, after] = [assignment(), assignment()];
    await world.handOver([before, bad, after]);
    await taken(world, [before, after]);
    await until(() => process.stage.parking.size === 1, 'it to be set aside');
    expect(await process.stage.parking.list(10)).toMatchObject([
      { incidentId: bad.incidentId, code: 'ARRIVAL_REFUSED', reason: 'a mistake in a rule' },
    ]);
  });
});

describe('a database that fails for a while', () => {
  it('in the middle of a commit: commands are told so, hand-overs are taken later, once', async () => {
    const process = await world.start();
    const [event] = await held(1);
    const id = event?.incidentId ?? '';
    const coming = assignments(5);
    const gate = await holdCommits();
    const command = process.stage.engine.command(order(id, note('lost?'), { key: 'k' }));
    const told = refusal(command);
    await gate.waiting(1);
    await world.cutOff(process);
    expect(await told).toBe('STORE_FAILED');
    await gate.letGo();
    await world.handOver(coming);
    await taken(world, coming);
    // What the sender does: the same again. Whether it had happened or not, it happens once.
    await process.stage.engine.command(order(id, note('lost?'), { key: 'k' }));
    expect((await history(world, id)).map((line) => line.type)).toEqual([
      'dispatch.assigned',
      'handling.noted',
    ]);
    for (const { incidentId } of coming) expect(await history(world, incidentId)).toHaveLength(1);
  });

  it('while hand-overs are being stored: none is passed over, parked or doubled', async () => {
    const process = await world.start({ rules: withArrival });
    await until(() => process.stage.arrivals.active, 'the reader');
    const coming = assignments(300);
    for (let n = 0; n < 300; n += 50) {
      await world.handOver(coming.slice(n, n + 50));
      const gate = await holdCommits();
      await world.cutOff(process);
      await gate.letGo();
    }
    await taken(world, coming);
    expect(await process.stage.parking.list(10)).toEqual([]);
    const rows = await world.db.query<{ notes: number; events: number }>({
      text: `select count(*) filter (where strpos(body, 'handling.noted') > 0) as notes,
                    count(*) as events from log.incident_event`,
    });
    expect(rows).toEqual([{ notes: 300, events: 600 }]);
  });

  it('is waited for with the hand-over that it refuses to set aside just then', async () => {
    const process = await world.start();
    await until(() => process.stage.arrivals.active, 'the reader');
    await world.db.execute({
      text: `create function handling.refuse() returns trigger language plpgsql as $$
             begin raise 'no' using errcode = '53100'; end $$;
             create trigger refuse before insert on handling.parked execute function handling.refuse()`,
    });
    const bad = assignment();
    await forbidRow(bad.incidentId);
    const after = assignments(2);
    await world.handOver([bad, ...after]);
    await until(() => process.stage.engine.backlog > 0, 'the reader to be stuck');
    await world.db.execute({ text: 'drop trigger refuse on handling.parked' });
    await taken(world, after);
    expect(await process.stage.parking.list(10)).toMatchObject([{ incidentId: bad.incidentId }]);
  });

  it('does not keep a process from stopping', async () => {
    const process = await world.start();
    await until(() => process.stage.arrivals.active, 'the reader');
    await world.db.execute({
      text: `create function handling.refuse() returns trigger language plpgsql as $$
             begin raise 'the disk is full' using errcode = '53100'; end $$;
             create trigger refuse before insert on handling.incident
               execute function handling.refuse()`,
    });
    const told = refusal(process.stage.engine.arrive(assignment()));
    await process[Symbol.asyncDispose]();
    expect(await told).toBe('STORE_FAILED');
  });
});

const withArrival = {
  ...rulesOf.handling,
  arrive: () => [
    {
      type: 'handling.noted' as const,
      data: { by: { id: 'system', role: 'system' as const }, text: 'taken' },
    },
  ],
};

/** From now on the database refuses the row of this incident. */
async function forbidRow(id: string): Promise<void> {
  await world.db.execute({
    text: `create function handling.forbid() returns trigger language plpgsql as $$
           begin
             if new.incident_id = '${id}' then raise 'no such row'; end if;
             return new;
           end $$;
           create trigger forbid before insert on handling.incident
             for each row execute function handling.forbid()`,
  });
}
