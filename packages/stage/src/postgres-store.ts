import type { Stage } from '@cityloop/contracts';
import { decodeEvent, encodeEvent, type Incident } from '@cityloop/contracts';
import { encodeLines, type PostgresEventLog } from '@cityloop/event-log';
import { fold } from '@cityloop/incident';
import { Unavailable } from '@cityloop/kernel';
import { type Database, identifier, StatementError } from '@cityloop/postgres';
import { readAnswer } from './answer.ts';
import { boardFields, postgresBoards } from './boards.ts';
import { DatabaseClock } from './database-clock.ts';
import { statements } from './statements.ts';
import {
  type AssistRow,
  BatchConflict,
  type BatchWrite,
  type HeldRow,
  type KnownKey,
  type OffsetWrite,
  type RowWrite,
  type StageStore,
} from './store.ts';
import { postgresTimerRows } from './timer-rows.ts';
import type { Whereabouts } from './work.ts';

export type PostgresStoreOptions = {
  readonly db: Database;
  /** The schema of the service, migrated by `migrateStage`. */
  readonly schema: string;
  readonly stage: Stage;
  /** Where its events are recorded, which is its history as well. */
  readonly journal: PostgresEventLog;
  /** Whether that is its own outbox, which keeps the hand-overs it takes too, or the log all share. */
  readonly own: boolean;
};

type Row = {
  readonly incident_id: string;
  readonly version: number;
  readonly since: number;
  readonly custodian: Stage;
};

/** The engine's storage in Postgres: one schema a service, one round trip a batch. */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<StageStore> {
  const { db, stage } = options;
  const schema = identifier(options.schema);
  const { journal, own } = options;
  const clock = await DatabaseClock.start(db);
  const sql = statements(schema, identifier(journal.schema), own);

  async function histories(rows: readonly Row[]): Promise<Map<string, Incident>> {
    const states = new Map<string, Incident>();
    if (rows.length === 0) return states;
    const events = await db.query<{ incident_id: string; body: string }>({
      ...sql.history,
      values: [rows.map((r) => r.incident_id), rows.map((r) => r.since)],
    });
    for (const { incident_id, body } of events) {
      const decoded = decodeEvent(body);
      if (decoded.kind !== 'event') {
        throw new Unavailable('HISTORY_UNREADABLE', '案件历史无法读取 / history cannot be read', {
          incidentId: incident_id,
        });
      }
      states.set(incident_id, fold(states.get(incident_id), decoded.event));
    }
    return states;
  }

  return {
    nowMs: () => clock.nowMs(),

    async load(ids) {
      const rows = await db.query<Row>({ ...sql.rows, values: [ids] });
      const held = rows.filter((r) => r.custodian === stage);
      const states = await histories(held);
      const known = new Map<string, Whereabouts>();
      for (const { incident_id, version, since, custodian } of rows) {
        const incident = states.get(incident_id);
        known.set(incident_id, { version, since, custodian, incident });
      }
      return known;
    },

    async row(id) {
      const rows = await db.query<Row>({ ...sql.rows, values: [[id]] });
      return rows[0];
    },

    async versions(ids) {
      const rows = await db.query<Row>({ ...sql.rows, values: [ids] });
      return new Map(rows.map((r) => [r.incident_id, r.version]));
    },

    async leftBetween(fromMs, toMs) {
      const rows = await db.query<Row & { left_ms: number }>({
        ...sql.left,
        values: [fromMs, toMs],
      });
      return rows.map((r) => ({
        incidentId: r.incident_id,
        version: r.version,
        custodian: r.custodian,
        leftMs: r.left_ms,
      }));
    },

    published: (events) =>
      db.query<{ key: string; body: string }>({
        ...sql.published,
        values: [events.map((e) => e.incidentId), events.map((e) => e.version)],
      }),
    async event(incidentId, version) {
      const [row] = await db.query<{ body: string }>({
        ...sql.event,
        values: [incidentId, version],
      });
      const body = row?.body;
      const decoded = body === undefined ? undefined : decodeEvent(body);
      return decoded?.kind === 'event' ? decoded.event : undefined;
    },

    forgetKeys: (days) => db.execute({ ...sql.forget, values: [days] }),
    skewMs: () => clock.skewMs(),

    async findKeys(keys) {
      const rows = await db.query<{ key: string; body_hash: string; answer: string }>({
        ...sql.keys,
        values: [keys],
      });
      // Whoever wrote it may still be waiting for the disk.
      if (rows.length > 0) await journal.flush();
      return new Map(
        rows.map((r): [string, KnownKey] => [
          r.key,
          { bodyHash: r.body_hash, answer: readAnswer(r.answer) },
        ]),
      );
    },

    async commit(batch, onStored) {
      const lines = encodeLines(batch.bodies);
      const rows = await db
        .query<{ first: number | null }>({
          ...sql.commit,
          values: [...values(batch, lines.whole), ...(own ? takenLines(batch) : [])],
        })
        .catch((error: unknown) => {
          throw conflictOf(error) ?? error;
        });
      onStored?.();
      const first = rows[0]?.first ?? undefined;
      const takeBack = first === undefined ? undefined : journal.expect(first, batch.events.length);
      await journal.flush().catch((error: unknown) => {
        takeBack?.();
        throw error;
      });
      if (first !== undefined) journal.announce(first, batch.events, lines.each, batch.states);
    },

    async readOffset(topic) {
      const rows = await db.query<{ partition: number; position: number; event_id: string }>({
        ...sql.offsets,
        values: [topic],
      });
      return rows.map(
        (r): OffsetWrite => ({
          topic,
          partition: r.partition,
          position: r.position,
          eventId: r.event_id,
        }),
      );
    },

    async forgetOffset(topic, partition) {
      await db.execute({ ...sql.forgetOffset, values: [topic, partition] });
    },

    async notBegun(limit, after) {
      const rows = await db.query<{ id: string }>({
        ...sql.notBegun,
        values: [limit, after ?? null],
      });
      return rows.map(({ id }) => id);
    },

    async saveOffsets(offsets) {
      if (offsets.length === 0) return;
      await db.query({ ...sql.saveOffsets, values: [offsetLines(offsets)] });
    },

    ...postgresTimerRows(db, schema),
    ...postgresBoards(db, schema, () => clock.nowMs()),

    async held({ centreIdPrefix, unitId, statuses, limit, after }) {
      const rows = await db.query<HeldSql>({
        ...sql.held,
        values: [
          centreIdPrefix ?? '',
          unitId ?? null,
          statuses,
          after ?? null,
          limit,
          unitId === undefined ? [] : statuses.map((status) => assistMark({ unitId, status })),
        ],
      });
      return rows.map(heldRow);
    },

    async awaiting({ seats, limit, after }) {
      const rows = await db.query<HeldSql>({
        ...sql.awaiting,
        values: [seats, after ?? null, limit],
      });
      return rows.map(heldRow);
    },
  };
}

type HeldSql = {
  readonly incident_id: string;
  readonly version: number;
  readonly status: string;
  readonly centre_id: string;
  readonly unit_id: string | null;
  readonly next_due_ms: number | null;
};

function heldRow(row: HeldSql): HeldRow {
  return {
    incidentId: row.incident_id,
    version: row.version,
    status: row.status,
    centreId: row.centre_id,
    ...(row.unit_id === null ? {} : { unitId: row.unit_id }),
    ...(row.next_due_ms === null ? {} : { nextDueAt: new Date(row.next_due_ms).toISOString() }),
  };
}

function values(batch: BatchWrite, bodies: Buffer): unknown[] {
  const { rows, keys, offsets, events, asks } = batch;
  return [
    rows.map(rowLine).join('\n'),
    rows.length,
    keys.map((k) => `${k.key}\t${k.bodyHash}\t${JSON.stringify(k.answer)}`).join('\n'),
    keys.length,
    offsetLines(offsets),
    asks.length === 0 ? null : JSON.stringify(asks),
    events.map((e) => `${e.incidentId}\t${e.version}`).join('\n'),
    bodies,
    events.length,
  ];
}

function offsetLines(offsets: readonly OffsetWrite[]): string {
  return offsets
    .map(({ topic, partition, position, eventId }) =>
      [topic, partition, position, eventId].join('\t'),
    )
    .join('\n');
}

function takenLines({ taken }: BatchWrite): unknown[] {
  return [
    taken.map((e) => `${e.incidentId}\t${e.version}`).join('\n'),
    taken.map(encodeEvent).join('\n'),
  ];
}

function rowLine(r: RowWrite): string {
  return (
    `${r.incidentId}\t${r.base}\t${r.version}\t${r.since}\t${r.custodian}\t${r.status ?? ''}\t` +
    `${r.centreId ?? ''}\t${r.unitId ?? ''}\t${r.nextDueAt ?? ''}\t` +
    `${r.assists?.map(assistMark).join(',') ?? ''}\t${r.awaits?.join(' ') ?? ''}\t${boardFields(r)}`
  );
}

/** An assisting unit as the column has it; neither statuses nor codes of the pack have blanks or commas. */
function assistMark({ unitId, status }: AssistRow): string {
  return `${status} ${unitId}`;
}

function conflictOf(error: unknown): BatchConflict | undefined {
  if (!(error instanceof StatementError)) return undefined;
  if (error.sqlState === 'CL001') return new BatchConflict('row', { cause: error });
  if (error.sqlState === 'CL002') return new BatchConflict('key', { cause: error });
  return undefined;
}
