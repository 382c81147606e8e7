import { randomUUID } from 'node:crypto';
import { encodeEvent, type HandOverEvent, type IncidentEvent } from '@cityloop/contracts';
import { timerIndexConformance } from '@cityloop/timers/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { BatchWrite, RowWrite } from '../src/store.ts';
import { assignment } from './fixture.ts';
import type { StoreWorld } from './store-world.ts';

/** A batch that writes nothing but what is named. */
export function batchOf(parts: Partial<Omit<BatchWrite, 'bodies' | 'states'>>): BatchWrite {
  const whole = { rows: [], keys: [], events: [], asks: [], ...parts };
  return { ...whole, bodies: whole.events.map(encodeEvent), states: [] };
}

/** The row of an incident that was just taken over by the hand-over. */
export function arrivalOf(event: HandOverEvent, rest: Partial<RowWrite> = {}): RowWrite {
  return {
    incidentId: event.incidentId,
    base: -event.version,
    version: event.version,
    since: event.version,
    custodian: 'handling',
    status: 'assigned',
    centreId: '310110',
    unitId: 'roads',
    ...rest,
  };
}

/** A note on an incident as its n-th event. */
export function noted(incidentId: string, version: number, text = 'a note'): IncidentEvent {
  const at = new Date().toISOString();
  return {
    id: randomUUID(),
    incidentId,
    version,
    custodian: 'handling',
    occurredAt: at,
    recordedAt: at,
    type: 'handling.noted',
    data: { by: { id: 'somebody', role: 'unit-member' }, text },
  };
}

export const answerOf = (id: string, version: number) => ({
  id,
  number: '310110-1',
  version,
  status: 'handling' as const,
  custodian: 'handling' as const,
});

type Fresh = () => StoreWorld;

/**
 * What every storage of a stage owes its engine; `make` answers an empty world each time it is called.
 * To be called at the top of a test file.
 */
export function stageStoreConformance(name: string, make: () => Promise<StoreWorld>): void {
  describe(`the store of a stage (${name})`, () => {
    let world: StoreWorld;
    const spent: StoreWorld[] = [];

    beforeEach(async () => {
      world = await make();
      spent.push(world);
    });
    afterAll(async () => {
      for (const used of spent) await used[Symbol.asyncDispose]();
    });

    const fresh: Fresh = () => world;
    commitConformance(fresh);
    loadConformance(fresh);
    queueConformance(fresh);
    leftConformance(fresh);
  });
  timerIndexConformance(`the store of a stage, ${name}`, () => asTimers(make));
}

async function asTimers(make: () => Promise<StoreWorld>) {
  const world = await make();
  const versions = new Map<string, number>();
  return {
    index: world.store,
    async set(incidentId: string, dueMs: number | undefined) {
      const base = versions.get(incidentId) ?? 0;
      versions.set(incidentId, base + 1);
      const nextDueAt = dueMs === undefined ? undefined : new Date(dueMs).toISOString();
      const row = { incidentId, base, version: base + 1, since: 1, custodian: 'handling' };
      const rest = { status: 'handling', centreId: '310110', nextDueAt };
      await world.store.commit(batchOf({ rows: [{ ...row, ...rest }] }));
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

function commitConformance(fresh: Fresh): void {
  describe('a commit', () => {
    it('makes everything of the batch visible at once', async () => {
      const { store, log, record, asks } = fresh();
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
          offset: { topic: 'incidents', partition: 0, position: 7, eventId: event.id },
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
        offset: { topic: 'incidents', partition: 0, position: 9, eventId: b.id },
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
        return { offset, done: store.commit(batchOf({ offset })) };
      };
      for (const [partition, position] of [
        [0, 1],
        [1, 5],
        [0, 2],
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
  });
}

function loadConformance(fresh: Fresh): void {
  describe('what is loaded', () => {
    it('is absent when the incident was never here', async () => {
      const { store } = fresh();
      expect((await store.load([randomUUID()])).size).toBe(0);
      expect(await store.row(randomUUID())).toBeUndefined();
      expect((await store.versions([randomUUID()])).size).toBe(0);
      expect(await store.event(randomUUID(), 1)).toBeUndefined();
    });

    it('is the fold of the events since the last hand-over to this stage', async () => {
      const { store, record } = fresh();
      const event = assignment();
      const id = event.incidentId;
      const v = event.version;
      const dossier = event.data.dossier && {
        ...event.data.dossier,
        version: v + 3,
        actVersion: v + 3,
        description: 'as it came back',
      };
      // The same kind of hand-over, three versions later.
      const back = {
        ...event,
        id: randomUUID(),
        version: v + 3,
        data: { ...event.data, dossier },
      } as HandOverEvent;
      await record([event, noted(id, v + 1), noted(id, v + 2), back, noted(id, v + 4)]);
      await store.commit(batchOf({ rows: [arrivalOf(event, { version: v + 4, since: v + 3 })] }));
      const loaded = (await store.load([id])).get(id);
      expect(loaded).toMatchObject({ version: v + 4, since: v + 3, custodian: 'handling' });
      expect(loaded?.incident).toMatchObject({ version: v + 4, description: 'as it came back' });
    });

    it('has no state once custody has left, but says to whom', async () => {
      const { store, record } = fresh();
      const [left, stays] = [assignment(), assignment()];
      await record([left, stays]);
      const { incidentId, version } = left;
      await store.commit(batchOf({ rows: [arrivalOf(left), arrivalOf(stays)] }));
      const gone = { incidentId, base: version, version: version + 2, since: version };
      await store.commit(batchOf({ rows: [{ ...gone, custodian: 'verification' }] }));
      const loaded = await store.load([incidentId, stays.incidentId, randomUUID()]);
      expect(loaded.size).toBe(2);
      expect(loaded.get(incidentId)).toMatchObject({
        version: version + 2,
        custodian: 'verification',
        incident: undefined,
      });
      expect(loaded.get(stays.incidentId)?.incident?.status).toBe('assigned');
      expect(await store.versions([incidentId, stays.incidentId])).toEqual(
        new Map([
          [incidentId, version + 2],
          [stays.incidentId, stays.version],
        ]),
      );
    });
  });
}

function queueConformance(fresh: Fresh): void {
  describe('what is held', () => {
    const rows = (count: number, rest: (n: number) => Partial<RowWrite>): RowWrite[] =>
      Array.from({ length: count }, (_, n) => ({
        incidentId: randomUUID(),
        base: 0,
        version: 1,
        since: 1,
        custodian: 'handling',
        status: 'handling',
        centreId: '310110',
        ...rest(n),
      }));
    const ids = (given: readonly { incidentId: string }[]) =>
      given.map(({ incidentId }) => incidentId).toSorted();

    it('is filtered by status, by centre and those below it, and by unit', async () => {
      const { store } = fresh();
      const west = rows(3, () => ({ centreId: '310110019', unitId: 'cleaning' }));
      const district = rows(2, () => ({ unitId: 'roads', status: 'assigned' }));
      const bare = rows(1, () => ({}));
      // No wildcard of SQL means anything in a code.
      const odd = rows(1, () => ({ centreId: '3101_0', unitId: 'cleaning' }));
      await store.commit(batchOf({ rows: [...west, ...district, ...bare, ...odd] }));
      const both = { statuses: ['assigned', 'handling'], limit: 100 };
      const find = async (filter: object) => ids(await store.held({ ...both, ...filter }));
      expect(await find({})).toEqual(ids([...west, ...district, ...bare, ...odd]));
      expect(await find({ centreIdPrefix: '310110' })).toEqual(
        ids([...west, ...district, ...bare]),
      );
      expect(await find({ centreIdPrefix: '310110019' })).toEqual(ids(west));
      expect(await find({ centreIdPrefix: '3101_0' })).toEqual(ids(odd));
      expect(await find({ unitId: 'roads' })).toEqual(ids(district));
      expect(await find({ unitId: 'cleaning', centreIdPrefix: '310110' })).toEqual(ids(west));
      expect(await find({ statuses: ['assigned'] })).toEqual(ids(district));
      expect(await find({ statuses: [] })).toEqual([]);
    });

    it('comes with what a queue shows', async () => {
      const { store } = fresh();
      const nextDueAt = '2026-03-02T01:00:00.123Z';
      const [row, bare] = rows(2, (n) => (n === 0 ? { unitId: 'roads', nextDueAt } : {}));
      await store.commit(batchOf({ rows: [row, bare].filter((r) => r !== undefined) }));
      const shown = new Map(
        (await store.held({ statuses: ['handling'], limit: 9 })).map((r) => [r.incidentId, r]),
      );
      const common = { version: 1, status: 'handling', centreId: '310110' };
      expect(shown.get(row?.incidentId ?? '')).toEqual({
        incidentId: row?.incidentId,
        ...common,
        unitId: 'roads',
        nextDueAt,
      });
      expect(shown.get(bare?.incidentId ?? '')).toEqual({
        incidentId: bare?.incidentId,
        ...common,
      });
    });

    it('is paged by id without a gap or a repeat', async () => {
      const { store } = fresh();
      const all = rows(23, () => ({}));
      await store.commit(batchOf({ rows: all }));
      const seen: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await store.held({ statuses: ['handling'], limit: 5, after });
        seen.push(...page.map((r) => r.incidentId));
        if (page.length < 5) break;
        after = page.at(-1)?.incidentId;
      }
      expect(seen).toEqual(ids(all));
    });
  });
}

function leftConformance(fresh: Fresh): void {
  describe('what has left', () => {
    it('is found by when it left, with the version that passed it on, until it comes back', async () => {
      const { store } = fresh();
      const event = assignment();
      const { incidentId, version } = event;
      const fromMs = store.nowMs() - 60_000;
      const toMs = store.nowMs() + 60_000;
      await store.commit(batchOf({ rows: [arrivalOf(event)] }));
      expect(await store.leftBetween(fromMs, toMs)).toEqual([]);
      const gone = { incidentId, base: version, version: version + 2, since: version };
      await store.commit(batchOf({ rows: [{ ...gone, custodian: 'verification' }] }));
      const [left, ...others] = await store.leftBetween(fromMs, toMs);
      expect(others).toEqual([]);
      expect(left).toMatchObject({ incidentId, version: version + 2, custodian: 'verification' });
      const leftMs = left?.leftMs ?? 0;
      expect(await store.leftBetween(leftMs, toMs)).toHaveLength(1);
      expect(await store.leftBetween(fromMs, leftMs)).toEqual([]);
      const back = { base: -(version + 4), version: version + 4, since: version + 4 };
      await store.commit(batchOf({ rows: [arrivalOf(event, back)] }));
      expect(await store.leftBetween(fromMs, toMs)).toEqual([]);
    });
  });
}
