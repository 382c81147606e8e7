import { joinLines, type LogRecord, type Stored } from '@cityloop/event-log';
import { type Database, identifier, statement } from '@cityloop/postgres';

/** The ledger of all events, in archive's own schema. */
export type Ledger = {
  /**
   * Takes records of the log in order, durably; known ones fall away. Those behind a missing version of
   * their incident are set aside in `parked`. Names the first such version (incident/version) of each
   * incident that had none set aside before.
   */
  append(records: readonly LogRecord[]): Promise<string | undefined>;
  /** The events of one incident from a version on, as they were recorded. */
  history(incidentId: string, fromVersion: number, limit: number): Promise<readonly string[]>;
  /** The last record read, with the id of its event; none before the first. */
  lastRead(): Promise<readonly Stored[]>;
};

/** The ledger keeps what it cannot read as well: then the first bytes have to tell. */
function versionOf(record: LogRecord): number {
  const decoded = record.decoded();
  if (decoded.kind === 'event') return decoded.event.version;
  return Number(/"sequence":"(\d+)"/.exec(record.body.slice(0, 500))?.[1] ?? 0);
}

function idOf(record: LogRecord): string {
  const decoded = record.decoded();
  if (decoded.kind === 'event') return decoded.event.id;
  return /"id":"([0-9a-f-]{36})"/.exec(record.body.slice(0, 300))?.[1] ?? '';
}

/** The ledger in the schema `archive`. */
export function postgresLedger(db: Database, schemaName: string): Ledger {
  const schema = identifier(schemaName);
  const append = statement(`select ${schema}.append_ledger($1, $2, $3, $4, $5) as gaps`);
  const history = statement(
    `select body from ${schema}.ledger where incident_id = $1 and version >= $2
     order by version limit $3`,
  );
  const lastRead = statement(
    `select position, event_id from ${schema}.log_offset where topic = 'ledger'`,
  );
  return {
    async append(records) {
      const first = records[0];
      const last = records.at(-1);
      if (first === undefined || last === undefined) return undefined;
      const [row] = await db.query<{ gaps: string | null }>({
        ...append,
        values: [
          records.map((r) => `${r.key}\t${versionOf(r)}`).join('\n'),
          joinLines(records.map((r) => r.bytes)),
          first.position,
          last.position,
          idOf(last),
        ],
      });
      return row?.gaps ?? undefined;
    },
    async history(incidentId, fromVersion, limit) {
      const rows = await db.query<{ body: string }>({
        ...history,
        values: [incidentId, fromVersion, limit],
      });
      return rows.map((r) => r.body);
    },
    async lastRead() {
      const rows = await db.query<{ position: number; event_id: string }>(lastRead);
      return rows.map((r) => ({ partition: 0, position: r.position, eventId: r.event_id }));
    },
  };
}
