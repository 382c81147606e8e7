import { randomUUID } from 'node:crypto';
import { encodeEvent, type HandOverEvent } from '@cityloop/contracts';
import { type Place, tableTimers } from '@cityloop/timers';
import { LEASE_MS, timerIndexConformance } from '@cityloop/timers/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RowWrite } from '../src/store.ts';
import { assignment } from './fixture.ts';
import { readingConformance } from './store-reading.ts';
import type { StoreWorld } from './store-world.ts';
import { answerOf, arrivalOf, batchOf, noted } from './store-writes.ts';

type Fresh = () => StoreWorld;

/**
 * What every storage of a stage owes its engine; `make` answers an empty world each time it is called.
 * To be called at the top of a test file.
 */
export function stageStoreConformance(name: string, make: () => Promise<StoreWorld>): void {
  describe(`the store of a stage (${name})`, () => {
    let world: StoreWorld;

    beforeEach(async () => {
      world = await make();
    });
    afterEach(() => world[Symbol.asyncDispose]());

    const fresh: Fresh = () => world;
    commitConformance(fresh);
    readingConformance(fresh);
  });
  timerIndexConformance(`the store of a stage, ${name}`, () => asTimers(make));
}

async function asTimers(make: () => Promise<StoreWorld>) {
  const world = await make();
  const versions = new Map<string, number>();
  return {
    index: tableTimers(world.store, { leaseMs: LEASE_MS }),
    async set(incidentId: string, now: Place | undefined) {
      const base = versions.get(incidentId) ?? 0;
      versions.set(incidentId, base + 1);
      const nextDueAt = now === undefined ? undefined : new Date(now.dueMs).toISOString();
      const row = { incidentId, base, version: base + 1, since: 1, custodian: 'handling' };
      const rest = { status: 'handling', centreId: now?.centreId ?? '310110', nextDueAt };
      await world.store.commit(batchOf({ rows: [{ ...row, ...rest }] }));
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

function commitConformance(fresh: Fresh): void {
  describe('a commit', () => {
    it('makes everything of the batch visible at once', async () => {
      const { store, log, record, asks, published } = fresh();
      const event = assignment();
      await record([event]);
      const id = event.incidentId;
      const note = noted(id, event.version + 1);
      const key = { key: 'k', bodyHash: 'h', answer: answerOf(id, note.version) };
      const ask = {
        id: randomUUID(),
        incidentId: randomUUID(),
        verb: 'absorb',
        body: '{"a":"b\\n"}',
      };
      await store.commit(
        batchOf({
          rows: [arrivalOf(event, { version: note.version })],
          keys: [key],
          offsets: [{ topic: 'incidents', partition: 0, position: 7, eventId: event.id }],
          taken: [event],
          events: [note],
          asks: [{ ...ask, key: 'ask-1', about: id }],
        }),
      );
      expect((await store.load([id])).get(id)).toMatchObject({ version: note.version });
      expect(await store.findKeys(['k', 'other'])).toEqual(
        new Map([['k', { bodyHash: 'h', answer: key.answer }]]),
      );
      expect(await store.readOffset('incidents')).toEqual([
        { topic: 'incidents', partition: 0, position: 7, eventId: event.id },
      ]);
      expect(await store.readOffset('policy')).toEqual([]);
      expect(await asks()).toEqual([{ key: 'ask-1', verb: 'absorb', body: '{"a":"b\\n"}' }]);
      const [, written] = await log.read('incidents', { partition: 0, position: 1 }, 9);
      expect(written?.body).toBe(encodeEvent(note));
      expect(await store.event(id, note.version)).toEqual(note);
      await published();
      expect(await store.published([{ incidentId: id, version: note.version }])).toEqual([
        { key: id, body: encodeEvent(note) },
      ]);
    });

    const conflicts = [
      ['a row moved on', 'row'],
      ['a row is newer than the arrival', 'row'],
      ['a key is taken', 'key'],
    ] as const;

    it.each(conflicts)('does nothing at all when %s', async (what, reason) => {
      const { store, log, record, asks } = fresh();
      const [a, b] = [assignment(), assignment()];
      await record([a, b]);
      const taken = { key: 'taken', bodyHash: 'h', answer: answerOf(a.incidentId, 1) };
      await store.commit(batchOf({ rows: [arrivalOf(a)], keys: [taken] }));
      const before = await log.ends('incidents');
      const moved = { ...arrivalOf(a), base: a.version - 1, version: a.version + 1 };
      const wrong = what === 'a row moved on' ? moved : arrivalOf(a);
      const batch = batchOf({
        rows: reason === 'row' ? [arrivalOf(b), wrong] : [arrivalOf(b)],
        keys: reason === 'key' ? [{ ...taken, bodyHash: 'other' }] : [{ ...taken, key: 'fresh' }],
        offsets: [{ topic: 'incidents', partition: 0, position: 9, eventId: b.id }],
        events: [noted(b.incidentId, b.version + 1)],
        asks: [
          {
            id: randomUUID(),
            incidentId: a.incidentId,
            verb: 'urge',
            body: '{}',
            key: 'ask',
            about: b.incidentId,
          },
        ],
      });
      await expect(store.commit(batch)).rejects.toMatchObject({ name: 'BatchConflict', reason });
      expect(await store.row(b.incidentId)).toBeUndefined();
      expect(await store.row(a.incidentId)).toMatchObject({ version: a.version });
      expect((await store.findKeys(['fresh', 'taken'])).get('taken')?.bodyHash).toBe('h');
      expect((await store.findKeys(['fresh'])).size).toBe(0);
      expect(await store.readOffset('incidents')).toEqual([]);
      expect(await log.ends('incidents')).toEqual(before);
      expect(await asks()).toEqual([]);
    });

    it('takes an arrival over an older row only, whatever it was at', async () => {
      const { store, record } = fresh();
      const event = assignment();
      await record([event]);
      const id = event.incidentId;
      await store.commit(batchOf({ rows: [arrivalOf(event)] }));
      const at = (version: number): RowWrite => arrivalOf(event, { base: -version, version });
      await store.commit(batchOf({ rows: [at(event.version + 6)] }));
      for (const version of [event.version, event.version + 5, event.version + 6]) {
        const late = store.commit(batchOf({ rows: [at(version)] }));
        await expect(late).rejects.toMatchObject({ reason: 'row' });
      }
      expect(await store.row(id)).toMatchObject({ version: event.version + 6 });
    });

    it('refuses a second event of the same version, and does nothing then', async () => {
      const { store, log, record } = fresh();
      const event = assignment();
      await record([event]);
      const ends = await log.ends('incidents');
      const twice = noted(event.incidentId, event.version);
      await expect(
        store.commit(batchOf({ rows: [arrivalOf(event)], events: [twice] })),
      ).rejects.toThrow();
      expect(await store.row(event.incidentId)).toBeUndefined();
      expect(await log.ends('incidents')).toEqual(ends);
    });

    it('keeps one offset a topic and partition, the latest', async () => {
      const { store } = fresh();
      const at = (partition: number, position: number) => {
        const offset = { topic: 'incidents', partition, position, eventId: randomUUID() };
        return { offset, done: store.commit(batchOf({ offsets: [offset] })) };
      };
      for (const [partition, position] of [
        [0, 1],
        [1, 5],
        [0, 2],
        [1, 4],
      ] as const) {
        await at(partition, position).done;
      }
      const last = at(0, 3);
      await last.done;
      const offsets = await store.readOffset('incidents');
      expect(offsets.map(({ partition, position }) => [partition, position]).toSorted()).toEqual([
        [0, 3],
        [1, 5],
      ]);
      expect(offsets).toContainEqual(last.offset);
    });

    it('tells what nothing has happened to since it came, page by page', async () => {
      const { store, record } = fresh();
      const events = [assignment(), assignment(), assignment()];
      await record(events);
      const [moved, ...fresher] = events as [HandOverEvent, ...HandOverEvent[]];
      await store.commit(batchOf({ rows: events.map((event) => arrivalOf(event)), taken: events }));
      const { incidentId, version } = moved;
      const row = { ...arrivalOf(moved), base: version, version: version + 1 };
      await store.commit(batchOf({ rows: [row], events: [noted(incidentId, version + 1)] }));
      const ids = fresher.map((event) => event.incidentId).toSorted();
      expect(await store.notBegun(10)).toEqual(ids);
      expect(await store.notBegun(1)).toEqual(ids.slice(0, 1));
      expect(await store.notBegun(10, ids[0])).toEqual(ids.slice(1));
    });

    it('notes down what was passed over, and begins a partition anew when told', async () => {
      const { store } = fresh();
      const at = (partition: number, position: number) => ({
        topic: 'incidents',
        partition,
        position,
        eventId: randomUUID(),
      });
      const [a, b] = [at(0, 9), at(1, 4)];
      await store.saveOffsets([a, b]);
      await store.saveOffsets([at(0, 8)]);
      expect(await store.readOffset('incidents')).toEqual(expect.arrayContaining([a, b]));
      await store.forgetOffset('incidents', 0);
      expect(await store.readOffset('incidents')).toEqual([b]);
      const anew = at(0, 2);
      await store.saveOffsets([anew]);
      expect(await store.readOffset('incidents')).toEqual(expect.arrayContaining([anew, b]));
    });
  });
}
