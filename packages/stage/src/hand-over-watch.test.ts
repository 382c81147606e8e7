import { encodeEvent, type IncidentEvent } from '@cityloop/contracts';
import { createMemoryEventLog } from '@cityloop/event-log';
import { filed } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { startHandOverWatch } from './hand-over-watch.ts';
import { createMemoryStore } from './memory-store.ts';

/** Intake as it stands after it has handed one incident over, a minute and more ago. */
async function handedOver() {
  const told = filed();
  const events = told.events;
  const last = events.at(-1) as IncidentEvent; // the story has at least a report and a filing
  const log = createMemoryEventLog();
  const clock = { nowMs: 1_000_000 };
  const store = createMemoryStore({
    stage: 'intake',
    log,
    history: new Map(),
    nowMs: () => clock.nowMs,
  });
  await store.commit({
    rows: [
      {
        incidentId: last.incidentId,
        base: 0,
        version: last.version,
        since: 1,
        custodian: 'dispatch',
      },
    ],
    keys: [],
    offsets: [],
    taken: [],
    events,
    bodies: events.map(encodeEvent),
    states: [],
    asks: [],
  });
  clock.nowMs += 61_000;
  return { log, store, last };
}

/** Runs the watch until its first round is over. */
async function oneRound(
  { log, store }: Awaited<ReturnType<typeof handedOver>>,
  taken: ReadonlyMap<string, number>,
) {
  const round = Promise.withResolvers<{ oldestMs: number; again: number }>();
  await using _watch = startHandOverWatch({
    store,
    log,
    topic: 'again',
    versionsAt: async () => taken,
    everyMs: 1,
    onRound: round.resolve,
    onFailure: round.reject,
  });
  return await round.promise;
}

describe('hand-overs', () => {
  it('that nobody has taken are published once more and their age is told', async () => {
    const world = await handedOver();
    const { oldestMs, again } = await oneRound(world, new Map());
    expect({ oldestMs, again }).toEqual({ oldestMs: 61_000, again: 1 });
    const [record] = await world.log.read('again', { partition: 0, position: 1 }, 10);
    expect(record?.decoded()).toMatchObject({ kind: 'event', event: { id: world.last.id } });
  });

  it('that were taken, and perhaps handed on since, are left alone', async () => {
    const world = await handedOver();
    const { oldestMs, again } = await oneRound(
      world,
      new Map([[world.last.incidentId, world.last.version + 3]]),
    );
    expect({ oldestMs, again }).toEqual({ oldestMs: 0, again: 0 });
    expect(await world.log.read('again', { partition: 0, position: 1 }, 10)).toEqual([]);
  });

  it('of a backlog have their turn one after the other, however many there are', async () => {
    const left = Array.from({ length: 2_300 }, (_, n) => ({
      incidentId: `incident-${n}`,
      version: 2,
      custodian: 'dispatch' as const,
      leftMs: 0,
    }));
    let looked = false;
    const again = new Map<string, number>();
    const published = Promise.withResolvers<void>();
    await using _watch = startHandOverWatch({
      store: {
        nowMs: () => 3_600_000,
        async leftBetween() {
          const rows = looked ? [] : left;
          looked = true;
          return rows;
        },
        published: async (rows) => rows.map(({ incidentId }) => ({ key: incidentId, body: '{}' })),
      },
      log: {
        async publish(_topic, records) {
          for (const { key } of records) again.set(key, (again.get(key) ?? 0) + 1);
          if (again.size === left.length) published.resolve();
        },
      },
      topic: 'incidents',
      versionsAt: async () => new Map(),
      everyMs: 1,
      onFailure: published.reject,
    });
    await published.promise;
    expect(again.size).toBe(2_300);
  });
});
