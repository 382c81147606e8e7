import { hash } from 'node:crypto';
import { type DistrictPack, type PolicyRevision, packSections } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import { toIso } from '@cityloop/kernel';
import { type Database, identifier } from '@cityloop/postgres';

export type Published = {
  /** The revision in force afterwards. */
  readonly revision: number;
  /** The sections that were published anew; none when nothing had changed. */
  readonly changed: readonly string[];
};

/**
 * Publishes what differs from the newest revision, section by section, as one edition. Only one process
 * publishes at a time; a second one finds nothing left to do. The record goes to the log first: if the
 * row is lost, the section is published once more, which changes nothing.
 */
export async function publishPack(
  db: Database,
  log: EventLog,
  schemaName: string,
  pack: DistrictPack,
  nowMs: number,
): Promise<Published> {
  const schema = identifier(schemaName);
  return db.session(async (session) => {
    await session.query({ text: `select pg_advisory_lock(hashtext('${schemaName}.publish'))` });
    const known = await session.query<{ section: string; content_hash: string }>({
      text: `select distinct on (section) section, content_hash from ${schema}.revision
             order by section, revision desc`,
    });
    const [newest] = await session.query<{ revision: number; edition: number }>({
      text: `select coalesce(max(revision), 0)::int as revision,
                    coalesce(max(edition), 0)::int as edition from ${schema}.revision`,
    });
    const hashes = new Map(known.map((row) => [row.section, row.content_hash]));
    const contents = packSections.map((section) => {
      const text = JSON.stringify(pack[section]);
      return { section, content: pack[section], hash: hash('sha256', text, 'hex') };
    });
    const changed = contents.filter((c) => hashes.get(c.section) !== c.hash);
    const first = (newest?.revision ?? 0) + 1;
    const edition = (newest?.edition ?? 0) + 1;
    const revisions = changed.map(
      ({ section, content }, n): PolicyRevision => ({
        type: 'cn.cityloop.policy.section-revised.v1',
        revision: first + n,
        edition,
        last: n === changed.length - 1,
        section,
        effectiveFrom: toIso(nowMs),
        content,
      }),
    );
    const bodies = revisions.map((r) => JSON.stringify(r));
    await log.publish(
      'policy',
      revisions.map((r, n) => ({ key: r.section, body: bodies[n] ?? '' })),
    );
    if (changed.length > 0) {
      await session.query({
        text: `insert into ${schema}.revision
                 (revision, edition, section, content_hash, effective_from, body)
               select r, $1, s, h, to_timestamp($2::float8 / 1000), b
               from unnest($3::int[], $4::text[], $5::text[], $6::text[]) as x (r, s, h, b)`,
        values: [
          edition,
          nowMs,
          revisions.map((r) => r.revision),
          changed.map((c) => c.section),
          changed.map((c) => c.hash),
          bodies,
        ],
      });
    }
    return { revision: first + changed.length - 1, changed: changed.map((c) => c.section) };
  });
}
