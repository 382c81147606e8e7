import { randomUUID } from 'node:crypto';
import type { HandOverEvent } from '@cityloop/contracts';
import { describe, expect, it } from 'vitest';
import type { RowWrite } from '../src/store.ts';
import { assignment } from './fixture.ts';
import { boardConformance } from './store-boards.ts';
import type { StoreWorld } from './store-world.ts';
import { arrivalOf, batchOf, noted } from './store-writes.ts';

type Fresh = () => StoreWorld;

/** What a store shows of what was committed. */
export function readingConformance(fresh: Fresh): void {
  loadConformance(fresh);
  queueConformance(fresh);
  leftConformance(fresh);
  boardConformance(fresh);
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

    it('is a unit’s where it leads, and where it assists by where it stands itself', async () => {
      const { store } = fresh();
      const helping = (status: string, unitId = 'greening') => [{ unitId, status }];
      const led = rows(1, () => ({ unitId: 'greening', assists: helping('assigned', 'gas') }));
      const waits = rows(2, () => ({ unitId: 'roads', assists: helping('assigned') }));
      const works = rows(1, () => ({
        unitId: 'roads',
        status: 'assigned',
        centreId: '310110019',
        assists: [...helping('assigned', 'gas'), ...helping('handling')],
      }));
      const others = rows(1, () => ({ unitId: 'roads', assists: helping('assigned', 'green') }));
      await store.commit(batchOf({ rows: [...led, ...waits, ...works, ...others] }));
      const find = async (unitId: string | undefined, statuses: string[], rest: object = {}) =>
        ids(await store.held({ unitId, statuses, limit: 9, ...rest }));
      expect(await find('greening', ['assigned'])).toEqual(ids(waits));
      expect(await find('greening', ['handling'])).toEqual(ids([...led, ...works]));
      expect(await find('gas', ['assigned', 'handling'])).toEqual(ids([...led, ...works]));
      expect(await find('roads', ['assigned'])).toEqual(ids(works));
      expect(await find('greening', ['handling'], { centreIdPrefix: '310110019' })).toEqual(
        ids(works),
      );
      // What assisting units do is in no queue of a centre.
      expect(await find(undefined, ['assigned'])).toEqual(ids(works));
      const [first] = ids(waits);
      expect(await find('greening', ['assigned'], { after: first })).toEqual(ids(waits).slice(1));
      expect(await find('greening', ['assigned'], { limit: 1 })).toEqual([first]);
      const over = waits.map((row) => ({ ...row, base: 1, version: 2, assists: undefined }));
      await store.commit(batchOf({ rows: over }));
      expect(await find('greening', ['assigned'])).toEqual([]);
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

    it('is found by whose decision it waits for, until it is decided or has left', async () => {
      const { store } = fresh();
      const seats = ['clerk@310110', 'unit-leader@roads'];
      const [one, two, bare] = rows(3, (n) => (n < 2 ? { awaits: seats.slice(n) } : {}));
      if (one === undefined || two === undefined || bare === undefined) throw new Error('no rows');
      await store.commit(batchOf({ rows: [one, two, bare] }));
      const find = async (...wanted: string[]) =>
        (await store.awaiting({ seats: wanted, limit: 9 })).map((r) => r.incidentId);
      expect(await find('unit-leader@roads')).toEqual(ids([one, two]));
      expect(await find('clerk@310110', 'dispatcher@310110')).toEqual([one.incidentId]);
      expect(await find('clerk@31011', 'clerk')).toEqual([]);
      expect(await find()).toEqual([]);
      const page = { seats, limit: 1 };
      const [first] = await store.awaiting(page);
      const rest = await store.awaiting({ ...page, after: first?.incidentId });
      expect(ids([first, ...rest].filter((r) => r !== undefined))).toEqual(ids([one, two]));
      const next = { base: 1, version: 2 };
      const { status: _, ...gone } = { ...two, ...next, custodian: 'dispatch', awaits: undefined };
      await store.commit(batchOf({ rows: [{ ...one, ...next, awaits: undefined }, gone] }));
      expect(await find(...seats)).toEqual([]);
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
