import { createPool } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import type { InvariantId } from '../src/verify/findings.ts';
import { type VerifyOptions, verifyRun } from '../src/verify/run.ts';

/** One statement of a damage, or several; `$1` is the incident it is done to. */
export type Damage = readonly string[];

/** The invariants that find what was planted in a copy of the run, with what they say. */
export async function foundIn(
  template: TestDatabase,
  incidentId: string,
  damage: Damage,
  options: VerifyOptions = {},
): Promise<{ readonly hit: readonly InvariantId[]; readonly said: string }> {
  await using copy = await createTestDatabase(template);
  await using db = createPool(copy.url, { max: 2 });
  await db.transaction(async (tx) => {
    // Whoever damages a ledger does not ask its triggers.
    await tx.execute({ text: 'set local session_replication_role = replica' });
    for (const text of damage) {
      const values = text.includes('$1') ? [incidentId] : [];
      const touched = await tx.execute({ text, values });
      if (touched === 0) throw new Error(`nothing was damaged by: ${text}`);
    }
  });
  const { verdicts } = await verifyRun(db, options);
  const violated = verdicts.filter(({ found }) => found > 0);
  return {
    hit: violated.map(({ id }) => id),
    said: violated
      .flatMap(({ id, findings }) =>
        findings.map((f) => `${id} ${f.incidentId ?? ''}/${f.version ?? ''} ${f.what}`),
      )
      .join('\n'),
  };
}

/** Makes the chain fit whatever the ledger now says: the work of somebody who knows how it is built. */
export const reseal: Damage = [
  `update archive.ledger set hash = sha256(convert_to(body, 'UTF8'))`,
  `with recursive rows as (
     select block, count(*)::int as n, string_agg(hash, ''::bytea order by position) as chained
     from archive.ledger group by block
   ), chain as (
     select b.block, r.n, ''::bytea as previous, sha256(''::bytea || r.chained) as hash
     from archive.ledger_block b join rows r using (block) where b.block = 1
     union all
     select b.block, r.n, c.hash, sha256(c.hash || r.chained)
     from chain c join archive.ledger_block b on b.block = c.block + 1 join rows r on r.block = b.block
   )
   update archive.ledger_block b set previous = c.previous, hash = c.hash, events = c.n
   from chain c where c.block = b.block`,
];

/** Rewrites what log and ledger both say, seals included. `sql` makes the new words of `body`. */
export function rewritten(sql: string, where: string): Damage {
  return [
    `update log.incident_event set body = ${sql} where incident_id = $1 and ${where}`,
    `update archive.ledger set body = ${sql} where incident_id = $1 and ${where}`,
    ...reseal,
  ];
}

/** Appends an event to an incident's history, in the log alone: the ledger has yet to read it. */
export function appended(sql: string, like: string): Damage {
  return [
    `insert into log.incident_event (incident_id, version, position, body)
     select incident_id, (select max(version) + 1 from log.incident_event where incident_id = $1),
            (select next from log.head where topic = 'incidents'), ${sql}
     from log.incident_event where incident_id = $1 and ${like}`,
    `update log.head set next = next + 1 where topic = 'incidents'`,
  ];
}

export const ofType = (name: string): string =>
  `strpos(body, '"type":"cn.cityloop.${name}.v1"') = 2`;
