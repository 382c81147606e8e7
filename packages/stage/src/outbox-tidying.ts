import { type Database, identifier, statement } from '@cityloop/postgres';

export type OutboxTidyingOptions = {
  readonly db: Database;
  /** The stage's schema, and its outbox's. */
  readonly schema: string;
  readonly outbox: string;
  /** Up to which version the ledger has all events of these incidents. */
  ledgered(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Goes before this time, ISO 8601 in UTC. */
  readonly before: string;
};

const PAGE = 1_000;

type Row = {
  readonly id: string;
  readonly version: number;
  readonly position: number;
  readonly old: boolean;
};

/**
 * Takes out of an outbox what nobody needs there any more: recorded before a time, published, sealed in the
 * ledger, and no part of what the stage still holds. Answers how many events went. May run in several
 * processes at once, and may be cut off at any moment: each page is a transaction.
 */
export async function tidyOutbox(options: OutboxTidyingOptions): Promise<number> {
  const { db, before } = options;
  const schema = identifier(options.schema);
  const outbox = identifier(options.outbox);
  const recorded = `substring(e.body from '"recordedat":"([^"]+)"')`;
  const page = statement(
    `select e.incident_id as id, e.version, e.position, ${recorded} < $2 as old
     from ${outbox}.incident_event e
     where e.position > $1 and e.position <= (select position from ${outbox}.relay)
       and not exists (select from ${schema}.incident i
                       where i.incident_id = e.incident_id and i.held and i.since <= e.version)
     order by e.position limit ${PAGE}`,
  );
  const forget = statement(`select ${outbox}.forget_events($1, $2, $3) as gone`);
  const forgetTaken = statement(
    `delete from ${outbox}.taken t using ${schema}.incident i
     where i.incident_id = t.incident_id and not i.held and i.left_at < $1::timestamptz
       -- One that is taken again at this moment is newer than the row seen here.
       and t.version < i.version`,
  );

  async function gone(rows: readonly Row[]): Promise<number> {
    const sealed = await options.ledgered([...new Set(rows.map(({ id }) => id))]);
    const safe = rows.filter(({ id, version }) => version <= (sealed.get(id) ?? 0));
    if (safe.length === 0) return 0;
    await db.query({
      ...forget,
      values: [safe.map(({ id }) => id), safe.map(({ version }) => version), before],
    });
    return safe.length;
  }

  let total = 0;
  let after = 0;
  for (;;) {
    const rows = await db.query<Row>({ ...page, values: [after, before] });
    const old = rows.filter((row) => row.old);
    total += await gone(old);
    // They stand in the order they were recorded: behind the first young one there is nothing to do.
    if (old.length < PAGE) break;
    after = rows.at(-1)?.position ?? after;
  }
  await db.execute({ ...forgetTaken, values: [before] });
  return total;
}
