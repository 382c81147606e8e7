import type { Database } from '@cityloop/postgres';
import type { InvariantId, Verdict } from '../src/verify/findings.ts';
import { type Report, type VerifyOptions, verifySnapshot } from '../src/verify/run.ts';

/** One statement of a damage, or several; `$1` is the incident it is done to. */
export type Damage = readonly string[];

/** What the checker makes of a damaged run. */
export type Outcome = { readonly hit: readonly InvariantId[]; readonly said: string };

/** Damages the run, has it checked, and undoes it all: the next damage finds the run as it was. */
export async function foundIn(
  db: Database,
  incidentId: string,
  damage: Damage,
  options: VerifyOptions = {},
): Promise<Outcome> {
  let report: Report | undefined;
  const undone = new Error('undone');
  await db
    .transaction(async (tx) => {
      // Whoever damages a ledger does not ask its triggers.
      await tx.execute({ text: 'set local session_replication_role = replica' });
      for (const text of damage) {
        const values = text.includes('$1') ? [incidentId] : [];
        const touched = await tx.execute({ text, values });
        if (touched === 0) throw new Error(`nothing was damaged by: ${text}`);
      }
      report = await verifySnapshot(tx, options);
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  return outcomeOf(report?.verdicts ?? []);
}

function outcomeOf(verdicts: readonly Verdict[]): Outcome {
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
  `with recursive rows as (
     select block, string_agg(sha256(convert_to(body, 'UTF8')), ''::bytea order by position) as hashes
     from archive.ledger_block
     join log.incident_event on position between first_position and last_position group by block
   ), chain as (
     select block, hashes, ''::bytea as previous, sha256(''::bytea || hashes) as hash
     from rows where block = 1
     union all
     select r.block, r.hashes, c.hash, sha256(c.hash || r.hashes)
     from chain c join rows r on r.block = c.block + 1
   )
   update archive.ledger_block b set previous = c.previous, hash = c.hash, hashes = c.hashes
   from chain c where c.block = b.block`,
];

/** Rewrites what the log says, seals included. `sql` makes the new words of `body`. */
export function rewritten(sql: string, where: string): Damage {
  return [
    `update log.incident_event set body = ${sql} where incident_id = $1 and ${where}`,
    ...reseal,
  ];
}

/** Appends an event to an incident's history, which the ledger has yet to seal. */
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

/** One damage and what has to come of it. */
export type Plant = {
  readonly what: string;
  /** A case of this way of `small-run.ts`. */
  readonly in: string;
  readonly damage: Damage;
  /** Who has to find it; every other invariant holds, so that the finding leads to the damage. */
  readonly found: readonly InvariantId[];
  readonly says: RegExp;
  readonly settled?: boolean;
};
