import type { PolicyRevision } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import { type Database, identifier, type Queryable, type Session } from '@cityloop/postgres';

/** One section as it will be from some instant on. */
export type Revised = {
  readonly section: PolicyRevision['section'];
  readonly content: unknown;
  readonly contentHash: string;
};

/** Runs `work` while no other process of the district writes policy. */
export function alone<T>(
  db: Database,
  schemaName: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return db.session(async (session) => {
    await session.query({ text: `select pg_advisory_lock(hashtext('${schemaName}.publish'))` });
    return work(session);
  });
}

export async function newestRevision(
  db: Queryable,
  schemaName: string,
): Promise<{ readonly revision: number; readonly edition: number }> {
  const [newest] = await db.query<{ revision: number; edition: number }>({
    text: `select coalesce(max(revision), 0)::int as revision,
                  coalesce(max(edition), 0)::int as edition from ${identifier(schemaName)}.revision`,
  });
  return newest ?? { revision: 0, edition: 0 };
}

/** Writes sections down as the next edition, to be published; answers its last revision. */
export async function writeEdition(
  db: Queryable,
  schemaName: string,
  revised: readonly Revised[],
  effectiveFrom: string,
): Promise<number> {
  const newest = await newestRevision(db, schemaName);
  const edition = newest.edition + 1;
  const revisions = revised.map(
    ({ section, content }, n): PolicyRevision => ({
      type: 'cn.cityloop.policy.section-revised.v1',
      revision: newest.revision + 1 + n,
      edition,
      last: n === revised.length - 1,
      section,
      effectiveFrom,
      content,
    }),
  );
  await db.query({
    text: `insert into ${identifier(schemaName)}.revision
             (revision, edition, section, content_hash, effective_from, body)
           select r, $1, s, h, $2::timestamptz, b
           from unnest($3::int[], $4::text[], $5::text[], $6::text[]) as x (r, s, h, b)`,
    values: [
      edition,
      effectiveFrom,
      revisions.map((r) => r.revision),
      revised.map((r) => r.section),
      revised.map((r) => r.contentHash),
      revisions.map((r) => JSON.stringify(r)),
    ],
  });
  return newest.revision + revised.length;
}

/**
 * Publishes what is written down and was not yet, in order; to be run `alone`. One that is published twice,
 * because the note of it was lost, changes nothing: readers know its number.
 */
export async function publishWritten(
  db: Queryable,
  log: Pick<EventLog, 'publish'>,
  schemaName: string,
): Promise<void> {
  const schema = identifier(schemaName);
  const rows = await db.query<{ revision: number; section: string; body: string }>({
    text: `select revision, section, body from ${schema}.revision
           where published_at is null order by revision`,
  });
  if (rows.length === 0) return;
  await log.publish(
    'policy',
    rows.map(({ section, body }) => ({ key: section, body })),
  );
  await db.query({
    text: `update ${schema}.revision set published_at = clock_timestamp()
           where revision = any($1::int[])`,
    values: [rows.map(({ revision }) => revision)],
  });
}
