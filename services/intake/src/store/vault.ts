import { createHmac } from 'node:crypto';
import type { Caller } from '@cityloop/contracts';
import { uuidv7 } from '@cityloop/kernel';
import { type Database, identifier, statement } from '@cityloop/postgres';
import { batcher } from './batcher.ts';

/** Of latitude, on the sphere that distances are measured on. */
const METRES_PER_DEGREE = 111_195;

export type Secret = {
  readonly incidentId: string;
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  /** The words before masking, when masking changed them. */
  readonly original?: string | undefined;
  /** The same at every try: what is kept again under it is the same entry with the same token. */
  readonly key?: string | undefined;
  /** Only of a report: what the same caller may have reported before. */
  readonly matter?: Matter | undefined;
};

/** What a report is about, and what counts as the same: so near or of that category, within so many days. */
export type Matter = {
  readonly category?: string | undefined;
  /** WGS-84 degrees. */
  readonly lon?: number | undefined;
  readonly lat?: number | undefined;
  /** When it was reported, where that is not now (an import). */
  readonly at?: string | undefined;
  readonly metres: number;
  readonly days: number;
};

export type Kept = Caller & {
  /** The latest incident the same caller reported the same matter by. */
  readonly repeatOf?: string | undefined;
};

export type Disclosed = {
  /** The token a demand knows its caller by. */
  readonly token: string;
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  readonly original?: string | undefined;
};

/** Who the callers are. Nothing leaves it but tokens, pseudonyms, and what `reveal` was asked for. */
export type Vault = {
  /** Durable when it resolves; a token without an incident is harmless. */
  keep(secret: Secret): Promise<Kept>;
  /**
   * Writes down who looked and why, then answers what was kept for the incident, and under the tokens
   * of demands that came from another one.
   */
  reveal(look: {
    readonly incidentId: string;
    readonly tokens: readonly string[];
    readonly subjectId: string;
    readonly role: string;
    readonly purpose: string;
  }): Promise<readonly Disclosed[]>;
};

/** The vault in intake's own schema. */
export async function postgresVault(db: Database, schemaName: string): Promise<Vault> {
  const schema = identifier(schemaName);
  const rows = await db.query<{ value: string }>({
    text: `select encode(value, 'hex') as value from ${schema}.secret`,
  });
  const secret = Buffer.from(rows[0]?.value ?? '', 'hex');
  const insert = statement(keepAndLookBack(schema));
  const look = statement(
    `with written as (
       insert into ${schema}.disclosure (incident_id, subject_id, role, purpose)
       values ($1, $2, $3, $4) returning id
     )
     select v.token, v.name, v.phone, v.original from ${schema}.vault v, written
     where v.incident_id = $1 or v.token = any ($5::text[]) order by v.at`,
  );
  /** Undefined for what has too few digits to be anybody's number. */
  const pseudonymOf = (phone: string | undefined): string | undefined => {
    const digits = (phone ?? '').replaceAll(/\D/g, '').replace(/^(?:00)?86(?=1\d{10}$)/, '');
    if (digits.length < 5) return undefined;
    return createHmac('sha256', secret).update(digits).digest('base64url').slice(0, 16);
  };

  // Tokens stand in events: without the secret nobody can try names and numbers against one.
  const tokenOf = ({ key, incidentId, name, phone, original }: Secret): string =>
    key === undefined
      ? uuidv7()
      : createHmac('sha256', secret)
          .update(JSON.stringify(['token', key, incidentId, name, phone, original]))
          .digest('base64url')
          .slice(0, 24);

  const keep = batcher<Secret, Kept>(async (secrets) => {
    const kept = secrets.map((given) => {
      const pseudonym = pseudonymOf(given.phone);
      return { token: tokenOf(given), ...(pseudonym === undefined ? {} : { pseudonym }) };
    });
    const repeats = await db.query<{ n: number; incident_id: string }>({
      ...insert,
      values: [
        kept.map((k) => k.token),
        secrets.map((s) => s.incidentId),
        secrets.map((s) => s.name ?? null),
        secrets.map((s) => s.phone ?? null),
        secrets.map((s) => s.original ?? null),
        kept.map((k) => k.pseudonym ?? null),
        secrets.map((s) => s.matter?.category ?? null),
        secrets.map((s) => s.matter?.lon ?? null),
        secrets.map((s) => s.matter?.lat ?? null),
        secrets.map((s) => s.matter?.at ?? null),
        secrets.map((s) => s.matter?.metres ?? null),
        secrets.map((s) => s.matter?.days ?? null),
      ],
    });
    const earlier = new Map(repeats.map(({ n, incident_id }) => [Number(n), incident_id]));
    return kept.map((one, n) => {
      const repeatOf = earlier.get(n + 1);
      return repeatOf === undefined ? one : { ...one, repeatOf };
    });
  });

  return {
    keep,
    async reveal({ incidentId, tokens, subjectId, role, purpose }) {
      type Row = Record<'name' | 'phone' | 'original', string | null> & { readonly token: string };
      const found = await db.query<Row>({
        ...look,
        values: [incidentId, subjectId, role, purpose, tokens],
      });
      return found.map((r) => ({
        token: r.token,
        ...(r.name === null ? {} : { name: r.name }),
        ...(r.phone === null ? {} : { phone: r.phone }),
        ...(r.original === null ? {} : { original: r.original }),
      }));
    },
  };
}

/**
 * Keeps a batch and finds, for each report of a known caller, the latest incident the same caller
 * reported the same matter by: all in one statement, which sees nothing of what it keeps itself. A
 * report that was refused left its caller here, but no incident.
 */
function keepAndLookBack(schema: string): string {
  return `
    with given as (
      select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                           $7::text[], $8::float8[], $9::float8[], $10::timestamptz[],
                           $11::float8[], $12::float8[]) with ordinality
        as g (token, incident_id, name, phone, original, pseudonym, category, lon, lat, at, metres, days, n)
    ), kept as (
      insert into ${schema}.vault
        (token, incident_id, name, phone, original, pseudonym, category, lon, lat, at)
      select token, incident_id, name, phone, original, pseudonym, category, lon, lat, coalesce(at, now())
      from given on conflict (token) do nothing
    )
    select g.n, e.incident_id
    from given g cross join lateral (
      select v.incident_id from ${schema}.vault v
      where v.pseudonym = g.pseudonym and v.incident_id <> g.incident_id
        and v.at <= coalesce(g.at, now())
        and v.at >= coalesce(g.at, now()) - make_interval(secs => g.days * 86400)
        and (v.category = g.category
             or sqrt(power(v.lat - g.lat, 2) + power((v.lon - g.lon) * cosd(g.lat), 2))
                * ${METRES_PER_DEGREE} <= g.metres)
        and exists (select from ${schema}.incident i where i.incident_id = v.incident_id)
      order by v.at desc limit 1
    ) e
    where g.days is not null and g.pseudonym is not null`;
}
