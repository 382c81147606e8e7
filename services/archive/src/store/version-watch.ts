import type { LogRecord } from '@cityloop/event-log';
import { type Database, identifier, statement } from '@cityloop/postgres';
import type { LedgerPlace } from './ledger.ts';

/** Incidents whose last version is remembered; beyond it all are looked up anew. */
const REMEMBERED = 50_000;

/**
 * The version arithmetic of a full reader: every event must follow on the version before. What memory
 * cannot tell is asked of the log, in one query a batch.
 */
export class VersionWatch {
  readonly #db: Database;
  readonly #note;
  readonly #open;
  #last = new Map<string, number>();

  constructor(db: Database, { schema, logSchema }: LedgerPlace) {
    this.#db = db;
    const gap = `${identifier(schema)}.ledger_gap`;
    const before = `select from ${identifier(logSchema)}.incident_event e
                    where e.incident_id = g.incident_id and e.version = g.version - 1`;
    this.#note = statement(
      `insert into ${gap} (incident_id, version, position)
       select * from unnest($1::uuid[], $2::int[], $3::bigint[]) as g (incident_id, version, position)
       where not exists (${before})
       on conflict do nothing returning incident_id, version`,
    );
    this.#open = statement(
      `select count(*)::int as n from ${gap} as g where not exists (${before})`,
    );
  }

  /** Notes the records that lack the version before, and names them; each is named once. */
  async gapsAmong(records: readonly LogRecord[]): Promise<readonly string[]> {
    const doubtful = this.#doubtfulAmong(records);
    if (doubtful.length === 0) return [];
    const rows = await this.#db.query<{ incident_id: string; version: number }>({
      ...this.#note,
      values: [
        doubtful.map((d) => d.key),
        doubtful.map((d) => d.version),
        doubtful.map((d) => d.position),
      ],
    });
    return rows.map((r) => `${r.incident_id}/${r.version}`);
  }

  /** How many of the events that were noted still lack the version before. */
  async open(): Promise<number> {
    return (await this.#db.query<{ n: number }>(this.#open))[0]?.n ?? 0;
  }

  #doubtfulAmong(records: readonly LogRecord[]) {
    if (this.#last.size > REMEMBERED) this.#last = new Map();
    const doubtful: { key: string; version: number; position: number }[] = [];
    for (const record of records) {
      // By its first bytes: parsing all of it would be most of what the ledger does.
      const version = record.version() ?? 0;
      if (version > 1 && this.#last.get(record.key) !== version - 1) {
        doubtful.push({ key: record.key, version, position: record.position });
      }
      this.#last.set(record.key, version);
    }
    return doubtful;
  }
}
