import { type Database, identifier, statement } from '@cityloop/postgres';
import { batcher } from './batcher.ts';

/** A report that was going to be born is so within this time, or never. */
const ABANDONED_S = 10;

export type Claim = {
  readonly channel: string;
  readonly number: string;
  readonly incidentId: string;
};

/** Which incident a source number stands for at present. */
export type Sources = {
  /** Takes the number for this incident; answers the incident that has it (this one, when taken). */
  claim(claim: Claim): Promise<string>;
  /**
   * Hands the number from one incident to the next; false when it has moved on meanwhile. With
   * `abandoned`, only if it was claimed long enough ago for its report to have failed for good.
   */
  pass(claim: Claim, from: string, options?: { readonly abandoned: boolean }): Promise<boolean>;
  /** Gives up a number whose incident will never be; leaves alone what has moved on meanwhile. */
  release(claim: Claim): Promise<void>;
};

/** Source numbers in intake's own schema. */
export function postgresSources(db: Database, schemaName: string): Sources {
  const schema = identifier(schemaName);
  const claim = statement(
    `with given as (
       select * from unnest($1::text[], $2::text[], $3::uuid[]) with ordinality as g (channel, number, id, n)
     ), taken as (
       insert into ${schema}.source (channel, number, incident_id)
       select distinct on (channel, number) channel, number, id from given order by channel, number, n
       on conflict (channel, number) do nothing
       returning channel, number, incident_id
     )
     select g.n, coalesce(t.incident_id, s.incident_id) as incident_id
     from given g
     left join taken t using (channel, number)
     left join ${schema}.source s using (channel, number)
     order by g.n`,
  );
  const pass = statement(
    `update ${schema}.source set incident_id = $3, at = now()
     where channel = $1 and number = $2 and incident_id = $4
       and at <= now() - make_interval(secs => $5)`,
  );
  const release = statement(
    `delete from ${schema}.source where channel = $1 and number = $2 and incident_id = $3`,
  );
  const claimAll = batcher<Claim, string | null>(async (claims) => {
    const rows = await db.query<{ incident_id: string | null }>({
      ...claim,
      values: [
        claims.map((c) => c.channel),
        claims.map((c) => c.number),
        claims.map((c) => c.incidentId),
      ],
    });
    return rows.map((r) => r.incident_id);
  });
  return {
    async claim(wanted) {
      // Another process may have inserted the row in the very same moment: then the next look sees it.
      for (;;) {
        const holder = await claimAll(wanted);
        if (holder !== null) return holder;
      }
    },
    async pass({ channel, number, incidentId }, from, options) {
      const secs = options?.abandoned === true ? ABANDONED_S : 0;
      const values = [channel, number, incidentId, from, secs];
      return (await db.execute({ ...pass, values })) === 1;
    },
    async release({ channel, number, incidentId }) {
      await db.execute({ ...release, values: [channel, number, incidentId] });
    },
  };
}
