import { encodeEvent, type IncidentEvent, type Stage } from '@cityloop/contracts';
import type { MemoryEventLog } from '@cityloop/event-log';
import { fold } from '@cityloop/incident';
import { type Armed, rowsAmong } from '@cityloop/timers';
import { type BoardRow, boardsAmong } from './boards.ts';
import {
  type AskWrite,
  BatchConflict,
  type BatchWrite,
  type HeldFilter,
  type HeldRow,
  type KnownKey,
  type LeftRow,
  type OffsetWrite,
  type RowWrite,
  type StageStore,
} from './store.ts';
import type { Whereabouts } from './work.ts';

export type MemoryStore = StageStore & {
  readonly rows: ReadonlyMap<string, RowWrite>;
  readonly asks: readonly AskWrite[];
};

/**
 * The engine's storage in memory, for rules tests and simulation, with the same refusals as the one in
 * Postgres. `history` is shared by all stages, as the log is.
 */
export function createMemoryStore(options: {
  readonly stage: Stage;
  readonly log: MemoryEventLog;
  readonly history: Map<string, IncidentEvent[]>;
  nowMs(): number;
}): MemoryStore {
  const rows = new Map<string, RowWrite>();
  const keys = new Map<string, KnownKey>();
  const offsets = new Map<string, OffsetWrite>();
  const asks: AskWrite[] = [];
  const left = new Map<string, LeftRow>();

  function put(row: RowWrite): void {
    rows.set(row.incidentId, row);
    const { incidentId, version, status } = row;
    const custodian = row.custodian as Stage; // rows name custodians by our own hand only
    if (status !== undefined) left.delete(incidentId);
    else left.set(incidentId, { incidentId, version, custodian, leftMs: options.nowMs() });
  }

  const armed = (): Armed[] =>
    [...rows.values()].flatMap(({ incidentId: id, centreId = '', nextDueAt }) =>
      nextDueAt === undefined ? [] : [{ id, centreId, dueMs: Date.parse(nextDueAt) }],
    );

  function check(batch: BatchWrite): void {
    for (const row of batch.rows) {
      const at = rows.get(row.incidentId)?.version ?? 0;
      const fits = at === row.base || (row.base < 0 && at < -row.base);
      if (!fits) throw new BatchConflict('row');
    }
    for (const { key } of batch.keys) if (keys.has(key)) throw new BatchConflict('key');
    for (const event of batch.events) refuseTwice(event);
  }

  /** The second lock of custody, as in Postgres: no two writers record the same version. */
  function refuseTwice({ incidentId, version }: IncidentEvent): void {
    if (options.history.get(incidentId)?.some((event) => event.version === version)) {
      throw new Error(`version ${version} of ${incidentId} is recorded already`);
    }
  }

  function saveOffsets(given: readonly OffsetWrite[]): void {
    for (const offset of given) {
      const place = `${offset.topic}/${offset.partition}`;
      const known = offsets.get(place);
      if (known === undefined || known.position < offset.position) offsets.set(place, offset);
    }
  }

  function stateOf(row: RowWrite): Whereabouts['incident'] {
    if (row.custodian !== options.stage) return undefined;
    const events = options.history.get(row.incidentId) ?? [];
    let state: Whereabouts['incident'];
    for (const event of events) if (event.version >= row.since) state = fold(state, event);
    return state;
  }

  const event = async (incidentId: string, version: number) =>
    options.history.get(incidentId)?.find((one) => one.version === version);

  return {
    rows,
    asks,
    nowMs: options.nowMs,
    async load(ids) {
      const known = new Map<string, Whereabouts>();
      for (const id of ids) {
        const row = rows.get(id);
        if (row === undefined) continue;
        const { version, since } = row;
        // Rows name custodians by our own hand only.
        const custodian = row.custodian as Stage;
        known.set(id, { version, since, custodian, incident: stateOf(row) });
      }
      return known;
    },
    async row(id) {
      const row = rows.get(id);
      if (row === undefined) return undefined;
      return { version: row.version, custodian: row.custodian as Stage }; // see `load`
    },
    async versions(ids) {
      const known = ids.flatMap((id) => {
        const row = rows.get(id);
        return row === undefined ? [] : [[id, row.version] as const];
      });
      return new Map(known);
    },
    event,
    async published(wanted) {
      const found = await Promise.all(wanted.map((w) => event(w.incidentId, w.version)));
      return found.flatMap((one) =>
        one === undefined ? [] : [{ key: one.incidentId, body: encodeEvent(one) }],
      );
    },
    forgetKeys: async () => 0,
    skewMs: () => 0,
    async leftBetween(fromMs, toMs) {
      return [...left.values()].filter((r) => r.leftMs >= fromMs && r.leftMs < toMs);
    },
    async findKeys(wanted) {
      const found = new Map<string, KnownKey>();
      for (const key of wanted) {
        const known = keys.get(key);
        if (known !== undefined) found.set(key, known);
      }
      return found;
    },
    async commit(batch) {
      check(batch);
      for (const row of batch.rows) put(row);
      for (const { key, bodyHash, answer } of batch.keys) keys.set(key, { bodyHash, answer });
      saveOffsets(batch.offsets);
      asks.push(...batch.asks);
      for (const event of batch.events) {
        const list = options.history.get(event.incidentId) ?? [];
        list.push(event);
        options.history.set(event.incidentId, list);
      }
      if (batch.events.length > 0) options.log.append(batch.events, batch.bodies);
    },
    async readOffset(topic) {
      return [...offsets.values()].filter((offset) => offset.topic === topic);
    },
    async saveOffsets(given) {
      saveOffsets(given);
    },
    async notBegun(limit, after = '') {
      return [...rows.values()]
        .filter((row) => row.status !== undefined && row.version === row.since)
        .map((row) => row.incidentId)
        .filter((id) => id > after)
        .sort()
        .slice(0, limit);
    },
    async forgetOffset(topic, partition) {
      offsets.delete(`${topic}/${partition}`);
    },
    ...rowsAmong(armed),
    ...boardsAmong(() => [...rows.values()].flatMap(boardRow), options.nowMs),
    async held({ centreIdPrefix, unitId, statuses, limit, after }) {
      return [...rows.values()]
        .filter((r) => r.status !== undefined && isQueued(r, { unitId, statuses }))
        .filter((r) => (r.centreId ?? '').startsWith(centreIdPrefix ?? ''))
        .filter((r) => after === undefined || r.incidentId > after)
        .sort((a, b) => (a.incidentId < b.incidentId ? -1 : 1))
        .slice(0, limit)
        .map(heldRow);
    },
    async awaiting({ seats, limit, after = '' }) {
      return [...rows.values()]
        .filter((r) => r.awaits?.some((seat) => seats.includes(seat)) && r.incidentId > after)
        .sort((a, b) => (a.incidentId < b.incidentId ? -1 : 1))
        .slice(0, limit)
        .map(heldRow);
    },
  };
}

function isQueued(row: RowWrite, { unitId, statuses }: Pick<HeldFilter, 'unitId' | 'statuses'>) {
  if (unitId === undefined || row.unitId === unitId) return statuses.includes(row.status ?? '');
  return row.assists?.some((a) => a.unitId === unitId && statuses.includes(a.status)) ?? false;
}

const heldRow = (r: RowWrite): HeldRow => ({
  incidentId: r.incidentId,
  version: r.version,
  status: r.status ?? '',
  centreId: r.centreId ?? '',
  unitId: r.unitId,
  nextDueAt: r.nextDueAt,
});

function boardRow({ incidentId, version, status, centreId, unitId, board }: RowWrite): BoardRow[] {
  if (status === undefined || centreId === undefined) return [];
  return [{ incidentId, version, status, centreId, unitId, board }];
}
