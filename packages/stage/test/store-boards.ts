import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RowWrite } from '../src/store.ts';
import type { StoreWorld } from './store-world.ts';
import { batchOf } from './store-writes.ts';

type Fresh = () => StoreWorld;

/** The countdown and the lamps of what a store has, in memory as in Postgres. */
export function boardConformance(fresh: Fresh): void {
  describe('what the boards show', () => {
    const instant = (ms: number) => new Date(ms).toISOString();
    const row = (rest: Partial<RowWrite>): RowWrite => ({
      incidentId: randomUUID(),
      base: 0,
      version: 1,
      since: 1,
      custodian: 'handling',
      status: 'handling',
      centreId: '310110',
      unitId: 'roads',
      ...rest,
    });
    const due = (amberMs: number, redMs: number) => ({
      clock: 'handle',
      amberAt: instant(amberMs),
      redAt: instant(redMs),
    });
    /** An own entry that turns in so many ms, or has. */
    const board = (amberMs: number, redMs: number, rest: Partial<RowWrite['board']> = {}) => ({
      own: due(amberMs, redMs),
      assists: [],
      people: [],
      ...rest,
    });

    it('is in the order of what is due, with the lamp of now, for whom it is asked', async () => {
      const { store } = fresh();
      const now = store.nowMs();
      const red = row({ board: board(now - 2_000, now - 1_000, { people: ['zhu', 'wu'] }) });
      const amber = row({ centreId: '310110019', board: board(now - 1_000, now + 60_000) });
      const green = row({ board: board(now + 50_000, now + 70_000) });
      const standing = row({ status: 'suspended', board: { assists: [], people: ['zhu'] } });
      const helped = row({
        unitId: 'gas',
        board: board(now + 80_000, now + 90_000, {
          assists: [{ unitId: 'roads', ...due(now - 500, now + 65_000), clock: 'assist:roads' }],
        }),
      });
      const all = [red, amber, green, standing, helped];
      await store.commit(batchOf({ rows: all }));
      const find = async (filter: object) =>
        (await store.countdownBoard({ limit: 9, ...filter })).map(({ incidentId, clock, lamp }) => [
          incidentId,
          clock,
          lamp,
        ]);
      const assisted = [helped.incidentId, 'assist:roads', 'amber'];
      const [first, second, third] = [
        [red.incidentId, 'handle', 'red'],
        [amber.incidentId, 'handle', 'amber'],
        [green.incidentId, 'handle', 'green'],
      ];
      expect(await find({})).toEqual([
        first,
        second,
        assisted,
        third,
        [helped.incidentId, 'handle', 'green'],
      ]);
      expect(await find({ unitId: 'roads' })).toEqual([first, second, assisted, third]);
      expect(await find({ centreIdPrefix: '310110019' })).toEqual([second]);
      expect(await find({ personId: 'zhu' })).toEqual([first]);
      expect(await find({ limit: 1 })).toEqual([first]);
      expect(await store.countdownBoard({ limit: 1 })).toEqual([
        {
          incidentId: red.incidentId,
          version: 1,
          status: 'handling',
          centreId: '310110',
          unitId: 'roads',
          clock: 'handle',
          amberMs: now - 2_000,
          redMs: now - 1_000,
          lamp: 'red',
        },
      ]);
      const counted = await store.lampBoard({ unitId: 'roads' });
      expect(counted.toSorted((a, b) => (a.centreId < b.centreId ? -1 : 1))).toEqual([
        { centreId: '310110', unitId: 'roads', green: 1, amber: 1, red: 1, standing: 1 },
        { centreId: '310110019', unitId: 'roads', green: 0, amber: 1, red: 0, standing: 0 },
      ]);
      expect(await store.lampBoard({ personId: 'zhu' })).toEqual([
        { centreId: '310110', unitId: 'roads', green: 0, amber: 0, red: 1, standing: 1 },
      ]);
    });

    it('is of the reader’s grids, and not what is against their own centre or unit', async () => {
      const { store } = fresh();
      const now = store.nowMs();
      const scoped = (rest: Partial<RowWrite['board']>) =>
        row({ board: board(now + 5_000, now + 9_000, rest) });
      const inGrid = scoped({ ground: '310110019001001' });
      const inOther = scoped({ ground: '310110019002001' });
      const nowhere = scoped({});
      const ofCentre = scoped({ ground: '310110019001001', against: { centreId: '310110' } });
      const ofUnit = scoped({
        against: { unitId: 'gas' },
        assists: [{ unitId: 'water', ...due(now + 5_000, now + 9_000), clock: 'assist:water' }],
      });
      const all = [inGrid, inOther, nowhere, ofCentre, ofUnit];
      await store.commit(batchOf({ rows: all }));
      const shown = async (filter: object) => {
        const [entries, counts] = await Promise.all([
          store.countdownBoard({ limit: 9, ...filter }),
          store.lampBoard(filter),
        ]);
        // What is counted is what is listed: nobody learns by the sum of what they may not see.
        expect(counts.reduce((sum, { green }) => sum + green, 0)).toBe(entries.length);
        return entries.map(({ incidentId }) => incidentId).toSorted();
      };
      const ids = (...rows: readonly RowWrite[]) => rows.map((r) => r.incidentId).toSorted();
      expect(await shown({})).toEqual(ids(...all, ofUnit));
      expect(await shown({ grounds: ['310110019001'] })).toEqual(ids(inGrid, ofCentre));
      expect(await shown({ grounds: ['310110019001', '310110019002001'] })).toEqual(
        ids(inGrid, inOther, ofCentre),
      );
      expect(await shown({ grounds: [] })).toEqual([]);
      expect(await shown({ asideCentreId: '310110' })).toEqual(
        ids(inGrid, inOther, nowhere, ofUnit, ofUnit),
      );
      expect(await shown({ asideUnitId: 'gas' })).toEqual(ids(inGrid, inOther, nowhere, ofCentre));
      expect(await shown({ grounds: ['310110019001'], asideCentreId: '310110' })).toEqual(
        ids(inGrid),
      );
    });

    it('is gone with the incident, and changed with its row', async () => {
      const { store } = fresh();
      const now = store.nowMs();
      const first = row({ unitId: undefined, board: board(now + 5_000, now + 9_000) });
      await store.commit(batchOf({ rows: [first] }));
      expect(await store.lampBoard({})).toEqual([
        { centreId: '310110', green: 1, amber: 0, red: 0, standing: 0 },
      ]);
      const moved = { ...first, base: 1, version: 2, board: board(now - 5_000, now + 20_000) };
      await store.commit(batchOf({ rows: [moved] }));
      expect(await store.countdownBoard({ limit: 9 })).toMatchObject([
        { redMs: now + 20_000, lamp: 'amber' },
      ]);
      const { incidentId, since } = first;
      const left = { incidentId, base: 2, version: 3, since, custodian: 'verification' };
      await store.commit(batchOf({ rows: [left] }));
      expect(await store.countdownBoard({ limit: 9 })).toEqual([]);
      expect(await store.lampBoard({})).toEqual([]);
    });
  });
}
