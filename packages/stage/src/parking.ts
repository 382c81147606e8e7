import type { LogRecord } from '@cityloop/event-log';
import { type Database, identifier, statement } from '@cityloop/postgres';

/** What is kept of a record. */
export type Parked = Pick<LogRecord, 'partition' | 'position' | 'key' | 'body'>;

/** Records set aside, and the incidents that wait with them: order within an incident is kept. */
export type Parking = {
  /** Whether records of this incident have to wait behind one that was set aside. */
  holds(incidentId: string): boolean;
  /** Sets a record aside, durably, before the reader goes on. */
  park(record: Parked, incidentId: string, code: string, reason: string): Promise<void>;
  readonly size: number;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Parking in the service's own schema; what waits is known in memory from the start. */
export async function postgresParking(db: Database, schemaName: string): Promise<Parking> {
  const schema = identifier(schemaName);
  const waiting = new Set<string>();
  const rows = await db.query<{ incident_id: string }>(
    statement(
      `select distinct incident_id from ${schema}.parked
       where replayed_at is null and incident_id is not null`,
    ),
  );
  for (const row of rows) waiting.add(row.incident_id);
  const insert = statement(
    `insert into ${schema}.parked (topic, partition, position, incident_id, code, reason, body)
     values ('incidents', $1, $2, $3, $4, $5, $6) on conflict do nothing`,
  );
  return {
    holds: (incidentId) => waiting.has(incidentId),
    async park(record, incidentId, code, reason) {
      const id = UUID.test(incidentId) ? incidentId : null;
      await db.execute({
        ...insert,
        values: [record.partition, record.position, id, code, reason, record.body],
      });
      if (id !== null) waiting.add(id);
    },
    get size() {
      return waiting.size;
    },
  };
}

/** Parking for tests: nothing survives. */
export function memoryParking(): Parking {
  const waiting = new Set<string>();
  return {
    holds: (incidentId) => waiting.has(incidentId),
    park: async (_record, incidentId) => void waiting.add(incidentId),
    get size() {
      return waiting.size;
    },
  };
}
