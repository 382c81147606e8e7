import type { LogRecord } from '@cityloop/event-log';
import { type Database, identifier, statement } from '@cityloop/postgres';

/** What is kept of a record. */
export type Parked = Pick<LogRecord, 'partition' | 'position' | 'key' | 'body'>;

/** A record that waits, and why. */
export type ParkedRecord = Parked & {
  readonly incidentId: string | undefined;
  readonly code: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
};

/** Records set aside (dead letters), and the incidents that wait with them: order is kept. */
export type Parking = {
  /** Whether records of this incident have to wait behind one that was set aside. */
  holds(incidentId: string): boolean;
  /** Sets a record aside, durably, before the reader goes on. */
  park(record: Parked, incidentId: string, code: string, reason: string): Promise<void>;
  /** Learns what other processes have set aside or replayed. */
  refresh(): Promise<void>;
  /** What waits, the oldest first. */
  list(limit: number): Promise<readonly ParkedRecord[]>;
  /**
   * Gives what waits of one incident to `take`, in the order it was set aside; what it takes waits no more. Throws what
   * `take` throws, and the rest keeps waiting.
   */
  replay(incidentId: string, take: (record: ParkedRecord) => Promise<void>): Promise<number>;
  /** Incidents that wait. */
  readonly size: number;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

type Row = {
  readonly id: number;
  readonly partition: number;
  readonly position: number;
  readonly incident_id: string | null;
  readonly code: string;
  readonly reason: string;
  readonly body: string;
  readonly at_ms: number;
};

function recordOf(row: Row): ParkedRecord {
  return {
    partition: row.partition,
    position: row.position,
    key: row.incident_id ?? '',
    incidentId: row.incident_id ?? undefined,
    code: row.code,
    reason: row.reason,
    body: row.body,
    at: new Date(row.at_ms).toISOString(),
  };
}

/** Parking in the service's own schema; which incidents wait is known in memory from the start. */
export async function postgresParking(db: Database, schemaName: string): Promise<Parking> {
  const table = `${identifier(schemaName)}.parked`;
  const columns = `id, partition, position, incident_id, code, reason, body,
                   (extract(epoch from at) * 1000)::int8 as at_ms`;
  const insert = statement(
    `insert into ${table} (topic, partition, position, incident_id, code, reason, body)
     values ('incidents', $1, $2, $3, $4, $5, $6) on conflict do nothing`,
  );
  const list = statement(
    `select ${columns} from ${table} where replayed_at is null order by at limit $1`,
  );
  const ofIncident = statement(
    `select ${columns} from ${table} where replayed_at is null and incident_id = $1
     order by id`,
  );
  const done = statement(`update ${table} set replayed_at = now() where id = $1`);
  const incidents = statement(
    `select distinct incident_id from ${table}
     where replayed_at is null and incident_id is not null`,
  );
  let waiting = new Set<string>();
  /** Set aside here since the last look began, which may not have seen it. */
  let recent = new Set<string>();
  async function refresh(): Promise<void> {
    recent = new Set();
    const rows = await db.query<{ incident_id: string }>(incidents);
    waiting = new Set([...rows.map((row) => row.incident_id), ...recent]);
  }
  await refresh();
  return {
    refresh,
    holds: (incidentId) => waiting.has(incidentId),
    async park(record, incidentId, code, reason) {
      const id = UUID.test(incidentId) ? incidentId : null;
      await db.execute({
        ...insert,
        values: [record.partition, record.position, id, code, reason, record.body],
      });
      if (id === null) return;
      waiting.add(id);
      recent.add(id);
    },
    async list(limit) {
      return (await db.query<Row>({ ...list, values: [limit] })).map(recordOf);
    },
    async replay(incidentId, take) {
      const rows = await db.query<Row>({ ...ofIncident, values: [incidentId] });
      for (const row of rows) {
        await take(recordOf(row));
        await db.execute({ ...done, values: [row.id] });
      }
      waiting.delete(incidentId);
      return rows.length;
    },
    get size() {
      return waiting.size;
    },
  };
}

/** Parking for tests: nothing survives. */
export function memoryParking(): Parking {
  const parked: ParkedRecord[] = [];
  return {
    refresh: async () => undefined,
    holds: (incidentId) => parked.some((record) => record.incidentId === incidentId),
    async park({ partition, position, key, body }, incidentId, code, reason) {
      const at = new Date(0).toISOString();
      parked.push({ partition, position, key, body, incidentId, code, reason, at });
    },
    list: async (limit) => parked.slice(0, limit),
    async replay(incidentId, take) {
      const records = parked.filter((record) => record.incidentId === incidentId);
      for (const record of records) {
        await take(record);
        parked.splice(parked.indexOf(record), 1);
      }
      return records.length;
    },
    get size() {
      return new Set(parked.map((record) => record.incidentId)).size;
    },
  };
}
