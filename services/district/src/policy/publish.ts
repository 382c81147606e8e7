import { hash } from 'node:crypto';
import { type DistrictPack, packSections } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import { toIso } from '@cityloop/kernel';
import { type Database, identifier } from '@cityloop/postgres';
import { alone, newestRevision, publishWritten, writeEdition } from './revisions.ts';

export type Published = {
  /** The revision in force afterwards. */
  readonly revision: number;
  /** The sections that were published anew; none when nothing had changed. */
  readonly changed: readonly string[];
};

/**
 * Publishes what differs from the newest revision, section by section, as one edition. Only one process
 * publishes at a time; a second one finds nothing left to do. What was written down and not published,
 * because a process ended in between, goes first.
 */
export async function publishPack(
  db: Database,
  log: EventLog,
  schemaName: string,
  pack: DistrictPack,
  nowMs: number,
): Promise<Published> {
  const schema = identifier(schemaName);
  return alone(db, schemaName, async (session) => {
    await publishWritten(session, log, schemaName);
    const known = await session.query<{ section: string; content_hash: string }>({
      text: `select distinct on (section) section, content_hash from ${schema}.revision
             order by section, revision desc`,
    });
    const hashes = new Map(known.map((row) => [row.section, row.content_hash]));
    const changed = packSections
      .map((section) => {
        const contentHash = hash('sha256', JSON.stringify(pack[section]), 'hex');
        return { section, content: pack[section], contentHash };
      })
      .filter(({ section, contentHash }) => hashes.get(section) !== contentHash);
    if (changed.length === 0) {
      return { revision: (await newestRevision(session, schemaName)).revision, changed: [] };
    }
    const revision = await session.transaction((tx) =>
      writeEdition(tx, schemaName, changed, toIso(nowMs)),
    );
    await publishWritten(session, log, schemaName);
    return { revision, changed: changed.map((c) => c.section) };
  });
}
