import { hash } from 'node:crypto';
import type { LogRecord, Stored } from '@cityloop/event-log';
import { Unavailable } from '@cityloop/kernel';
import { type Database, identifier, statement } from '@cityloop/postgres';
import { VersionWatch } from './version-watch.ts';

/** The ledger of all events: the log, which is for ever, sealed block by block in archive's schema. */
export type Ledger = {
  /**
   * Seals records of the log, which follow on the last that was sealed; known ones fall away. Names the
   * events (incident/version) whose incident lacks the version before.
   *
   * @throws Unavailable `LEDGER_HOLE` when positions are missing between them: a log that lost records is not sealed
   */
  append(records: readonly LogRecord[]): Promise<readonly string[]>;
  /** The events of one incident from a version on, as they were recorded. */
  history(incidentId: string, fromVersion: number, limit: number): Promise<readonly string[]>;
  /** Up to which version all events of each of these incidents are sealed; not named where none is. */
  ledgered(incidentIds: readonly string[]): Promise<readonly (readonly [string, number])[]>;
  /** The last record sealed, with the id of its event; none before the first. */
  lastSealed(): Promise<readonly Stored[]>;
  /** How many events still lack the version before. */
  gaps(): Promise<number>;
};

/** Where the ledger stands: its own schema, and the schema of the log that it seals. */
export type LedgerPlace = { readonly schema: string; readonly logSchema: string };

/** The ledger keeps what it cannot read as well: then the first bytes have to tell. */
function idOf(record: LogRecord): string {
  const decoded = record.decoded();
  if (decoded.kind === 'event') return decoded.event.id;
  return /"id":"([0-9a-f-]{36})"/.exec(record.body.slice(0, 300))?.[1] ?? '';
}

function hole(records: readonly LogRecord[]): Unavailable {
  const after = records.find((r, n) => records[n + 1]?.position !== r.position + 1)?.position;
  return new Unavailable('LEDGER_HOLE', '日志缺少记录 / records are missing from the log', {
    after,
  });
}

export function postgresLedger(db: Database, place: LedgerPlace): Ledger {
  const schema = identifier(place.schema);
  const log = identifier(place.logSchema);
  const watch = new VersionWatch(db, place);
  const append = statement(`select ${schema}.append_ledger($1, $2, $3, $4)`);
  const history = statement(
    `select body from ${log}.incident_event where incident_id = $1 and version >= $2
     order by version limit $3`,
  );
  const ledgered = statement(
    `select incident_id as id, max(version) as version from ${log}.incident_event
     where incident_id = any($1::uuid[])
       and position <= (select last_position from ${schema}.ledger_block order by block desc limit 1)
     group by incident_id having max(version) = count(*)`,
  );
  const lastSealed = statement(
    `select last_position as position, last_event_id as event_id
     from ${schema}.ledger_block order by block desc limit 1`,
  );
  return {
    async append(records) {
      const first = records[0];
      const last = records.at(-1);
      if (first === undefined || last === undefined) return [];
      if (last.position - first.position + 1 !== records.length) throw hole(records);
      const gaps = await watch.gapsAmong(records);
      const hashes = Buffer.from(
        records.map((r) => hash('sha256', r.bytes, 'hex')).join(''),
        'hex',
      );
      await db.query({ ...append, values: [first.position, last.position, idOf(last), hashes] });
      return gaps;
    },
    async history(incidentId, fromVersion, limit) {
      const rows = await db.query<{ body: string }>({
        ...history,
        values: [incidentId, fromVersion, limit],
      });
      return rows.map((r) => r.body);
    },
    async ledgered(incidentIds) {
      const rows = await db.query<{ id: string; version: number }>({
        ...ledgered,
        values: [incidentIds],
      });
      return rows.map(({ id, version }) => [id, version] as const);
    },
    async lastSealed() {
      const rows = await db.query<{ position: number; event_id: string }>(lastSealed);
      return rows.map((r) => ({ partition: 0, position: r.position, eventId: r.event_id }));
    },
    gaps: () => watch.open(),
  };
}
