import { createPool, type Database } from '@cityloop/postgres';

/** What the ledger says happened, as far as clients can know it. */
export type Ledger = {
  /** Where each key has its effect: one place, unless something was done twice. */
  readonly effects: ReadonlyMap<string, readonly Effect[]>;
  /** The last version of each incident, and where it stands. */
  readonly incidents: ReadonlyMap<string, { readonly version: number; readonly archived: boolean }>;
  /** The incidents of each source number. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
};
export type Effect = { readonly incident: string; readonly version: number; readonly type: string };

const PAGE = 5_000;

/** Reads all of it, of a system that has come to rest. */
export async function readLedger(databaseUrl: string): Promise<Ledger> {
  await using db = createPool(databaseUrl, { max: 1, name: 'chaos' });
  const table = await tableOf(db);
  const effects = new Map<string, Effect[]>();
  const incidents = new Map<string, { version: number; archived: boolean }>();
  const sources = new Map<string, string[]>();
  let after = { incident: '00000000-0000-0000-0000-000000000000', version: 0 };
  for (;;) {
    const rows = await db.query<Row>({
      text: `select incident_id as incident, version, body::json ->> 'type' as type,
                    body::json #>> '{data,key}' as key,
                    body::json #>> '{data,incident,externalNumber}' as source
             from ${table} where (incident_id, version) > ($1::uuid, $2)
             order by incident_id, version limit ${PAGE}`,
      values: [after.incident, after.version],
    });
    for (const row of rows) take(row);
    const last = rows.at(-1);
    if (last === undefined) return { effects, incidents, sources };
    after = last;
  }

  function take({ incident, version, type, key, source }: Row): void {
    if (key !== null) {
      // Behind the point: what the key stands for.
      const id = key.slice(0, key.indexOf('.'));
      effects.set(id, [...(effects.get(id) ?? []), { incident, version, type }]);
    }
    if (version === 1 && source !== null) {
      sources.set(source, [...(sources.get(source) ?? []), incident]);
    }
    const archived = incidents.get(incident)?.archived === true;
    incidents.set(incident, { version, archived: archived || type.includes('.archived.') });
  }
}

type Row = {
  readonly incident: string;
  readonly version: number;
  readonly type: string;
  readonly key: string | null;
  readonly source: string | null;
};

/** In the ledger's own copy where the log stands elsewhere, else the log itself. */
async function tableOf(db: Database): Promise<string> {
  const [found] = await db.query<{ elsewhere: boolean }>({
    text: `select to_regclass('ledger.incident_event') is not null as elsewhere`,
  });
  return found?.elsewhere === true ? 'ledger.incident_event' : 'log.incident_event';
}
