import { randomUUID } from 'node:crypto';
import { encodeEvent, type IncidentEvent } from '@cityloop/contracts';
import type { Database, Queryable } from '@cityloop/postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PostgresEventLog } from '../src/index.ts';
import { numbered, type ReaderOptions, range, startReader, until } from '../src/testing/index.ts';
import { type PostgresWorld, postgresWorld } from './postgres-world.ts';

let world: PostgresWorld;
let log: PostgresEventLog;
let other: PostgresEventLog;
let db: Database;

beforeEach(async () => {
  world = await postgresWorld();
  log = await world.open();
  other = await world.open();
  db = world.pools[0] as Database; // just opened
});
afterEach(() => world[Symbol.asyncDispose]());

const incidents: ReaderOptions = { topic: 'incidents' };

function noted(incidentId: string, version: number): IncidentEvent {
  const at = '2026-03-02T01:00:00.000Z';
  return {
    id: randomUUID(),
    incidentId,
    version,
    custodian: 'handling',
    occurredAt: at,
    recordedAt: at,
    type: 'handling.noted',
    data: { by: { id: 'somebody', role: 'unit-member' }, text: `note ${version}` },
  };
}

/** Appends as a store does within its commit; the position of the first. */
async function append(on: Queryable, events: readonly IncidentEvent[]): Promise<number> {
  const [row] = await on.query<{ first: number }>({
    text: 'select log.append_incident_events($1, $2, $3) as first',
    values: [
      events.map((e) => `${e.incidentId}\t${e.version}`).join('\n'),
      events.map(encodeEvent).join('\n'),
      events.length,
    ],
  });
  return row?.first ?? 0;
}

const encoded = (events: readonly IncidentEvent[]): Buffer[] =>
  events.map((event) => Buffer.from(encodeEvent(event)));

const batch = (size: number): IncidentEvent[] => {
  const id = randomUUID();
  return range(1, size).map((version) => noted(id, version));
};

/** Behind so many records. */
const behind = (taken: number) => (taken === 0 ? [] : [{ partition: 0, position: taken }]);

/** Cuts every connection of the process that opened the n-th log. */
async function cutOff(n: number): Promise<void> {
  await db.query({
    text: 'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    values: [`process-${n}`],
  });
}

describe('the Postgres event log', () => {
  it('lets another process take over when the connections of the first are killed', async () => {
    let stored = 0;
    const options: ReaderOptions = {
      from: async () => behind(stored),
      before(records) {
        stored = records.at(-1)?.position ?? stored;
      },
    };
    const first = await startReader(other, options);
    await until(() => first.subscription.active);
    const second = await startReader(log, options);
    await log.publish('again', numbered('a', 1, 10));
    await first.has(10);
    await cutOff(2);
    await until(() => !first.subscription.active, 'the first to notice');
    await log.publish('again', numbered('a', 11, 20));
    await until(() => first.taken.length + second.taken.length === 20, 'all to be taken');
    const all = [...first.positions(), ...second.positions()];
    expect(all.toSorted((a, b) => a - b)).toEqual(range(1, 20));
    // Whoever came later stands by again: never two.
    const active = [first, second].filter((reader) => reader.subscription.active);
    expect(active).toHaveLength(1);
  });

  it('comes back by itself when nobody else takes over', async () => {
    const only = await startReader(other, {
      from: async () => behind(only?.taken.length ?? 0),
    });
    await until(() => only.subscription.active);
    await cutOff(2);
    await log.publish('again', numbered('a', 1, 5));
    await only.has(5);
    expect(only.positions()).toEqual(range(1, 5));
  });

  it('passes over no record while a long transaction stands open, whoever wrote around it', async () => {
    const reader = await startReader(log, incidents);
    const before = batch(3);
    log.announce(await append(db, before), before, encoded(before));
    await reader.has(3);
    const open = Promise.withResolvers<void>();
    const appended = Promise.withResolvers<number>();
    const slow = batch(4);
    const committed = db.transaction(async (tx) => {
      appended.resolve(await append(tx, slow));
      await open.promise;
    });
    const slowFirst = await appended.promise;
    // The next writer waits for the positions before its own to be decided.
    const quick = batch(2);
    const later = append(world.pools[1] as Database, quick); // opened above
    await db.query({
      text: `do $$ begin for i in 1..500 loop
               exit when exists (select from pg_locks where not granted);
               perform pg_sleep(0.01); end loop; end $$`,
    });
    expect(await log.ends('incidents')).toEqual([{ partition: 0, position: slowFirst, first: 1 }]);
    expect(reader.taken).toHaveLength(3);
    open.resolve();
    await committed;
    await later;
    await reader.has(9);
    expect(reader.bodies()).toEqual([...before, ...slow, ...quick].map(encodeEvent));
    expect(reader.positions()).toEqual(range(1, 9));
  });

  it('leaves no hole where a transaction was undone', async () => {
    const reader = await startReader(log, incidents);
    await append(db, batch(2));
    const undone = db.transaction(async (tx) => {
      await append(tx, batch(5));
      throw new Error('changed its mind');
    });
    await expect(undone).rejects.toThrow('changed its mind');
    await append(db, batch(1));
    await reader.has(3);
    expect(reader.positions()).toEqual([1, 2, 3]);
  });

  it('refuses the same version of an incident twice, whoever writes it', async () => {
    const [event] = batch(1);
    if (event === undefined) throw new Error('a batch of one has one');
    await append(db, [event]);
    await expect(append(world.pools[1] as Database, [event])).rejects.toMatchObject({
      code: 'DB_UNIQUE_VIOLATION',
    });
    expect(await log.ends('incidents')).toEqual([{ partition: 0, position: 2, first: 1 }]);
  });

  it('refuses incident events that do not come with their store’s commit', async () => {
    await expect(log.publish('incidents', numbered('a', 1, 1))).rejects.toThrow(RangeError);
    expect(await log.ends('incidents')).toEqual([{ partition: 0, position: 1, first: 1 }]);
  });
});

describe('what a process announces of its own commits', () => {
  it('is the same as what is read back, in whatever order it is told and whoever wrote between', async () => {
    const here = await startReader(log, { ...incidents, group: 'here' });
    const there = await startReader(other, { ...incidents, group: 'there' });
    await until(() => here.subscription.active && there.subscription.active);
    // Every third is written by a process that tells neither of the two.
    const tellers = [log, other, undefined];
    for (const n of range(0, 14)) {
      const told: (() => void)[] = [];
      for (const teller of [tellers[(2 * n) % 3], tellers[(2 * n + 1) % 3]]) {
        const events = batch((n % 4) + 1);
        const first = await append(db, events);
        told.push(() => teller?.announce(first, events, encoded(events)));
      }
      // The later first: two commits may be answered out of turn.
      for (const tell of told.toReversed()) tell();
    }
    const [end] = await log.ends('incidents');
    const total = (end?.position ?? 1) - 1;
    const stored = await log.read('incidents', { partition: 0, position: 1 }, total);
    for (const reader of [here, there]) {
      await reader.has(total);
      expect(reader.positions()).toEqual(range(1, total));
      expect(reader.bodies()).toEqual(stored.map((r) => r.body));
      expect(reader.taken.map((r) => r.key)).toEqual(stored.map((r) => r.key));
      expect(reader.taken.map((r) => r.decoded())).toEqual(stored.map((r) => r.decoded()));
    }
  });

  it('carries twenty thousand events of two writing processes to readers of both, each once', async () => {
    const here = await startReader(log, { ...incidents, group: 'here' });
    const there = await startReader(other, { ...incidents, group: 'there' });
    const writer = async (to: PostgresEventLog, on: Database) => {
      for (let n = 0; n < 100; n++) {
        const events = batch(100);
        to.announce(await append(on, events), events, encoded(events));
      }
    };
    const [mine, theirs] = world.pools as [Database, Database]; // the two opened above
    await Promise.all([writer(log, mine), writer(other, theirs)]);
    for (const reader of [here, there]) {
      await reader.has(20_000);
      expect(reader.positions()).toEqual(range(1, 20_000));
    }
    expect(here.bodies()).toEqual(there.bodies());
  });
});
