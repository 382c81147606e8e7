import { createHmac } from 'node:crypto';
import { uuidv7 } from '@cityloop/kernel';
import { type Database, identifier, statement } from '@cityloop/postgres';
import { batcher } from './batcher.ts';

export type Secret = {
  readonly incidentId: string;
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  /** The words before masking, when masking changed them. */
  readonly original?: string | undefined;
  /** The same at every try: what is kept again under it is the same entry with the same token. */
  readonly key?: string | undefined;
};

export type Kept = { readonly token: string; readonly pseudonym?: string | undefined };

export type Disclosed = {
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  readonly original?: string | undefined;
};

/** Who the callers are. Nothing leaves it but tokens, pseudonyms, and what `reveal` was asked for. */
export type Vault = {
  /** Durable when it resolves; a token without an incident is harmless. */
  keep(secret: Secret): Promise<Kept>;
  /** Writes down who looked and why, then answers. */
  reveal(look: {
    readonly incidentId: string;
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
  const insert = statement(
    `insert into ${schema}.vault (token, incident_id, name, phone, original, pseudonym)
     select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
     on conflict (token) do nothing`,
  );
  const look = statement(
    `with written as (
       insert into ${schema}.disclosure (incident_id, subject_id, role, purpose)
       values ($1, $2, $3, $4) returning id
     )
     select v.name, v.phone, v.original from ${schema}.vault v, written
     where v.incident_id = $1 order by v.at`,
  );
  const pseudonymOf = (phone: string): string =>
    createHmac('sha256', secret)
      .update(phone.replaceAll(/\D/g, ''))
      .digest('base64url')
      .slice(0, 16);

  // Tokens stand in events: without the secret nobody can try names and numbers against one.
  const tokenOf = ({ key, incidentId, name, phone, original }: Secret): string =>
    key === undefined
      ? uuidv7()
      : createHmac('sha256', secret)
          .update(JSON.stringify(['token', key, incidentId, name, phone, original]))
          .digest('base64url')
          .slice(0, 24);

  const keep = batcher<Secret, Kept>(async (secrets) => {
    const kept = secrets.map((given) => ({
      token: tokenOf(given),
      ...(given.phone === undefined ? {} : { pseudonym: pseudonymOf(given.phone) }),
    }));
    await db.execute({
      ...insert,
      values: [
        kept.map((k) => k.token),
        secrets.map((s) => s.incidentId),
        secrets.map((s) => s.name ?? null),
        secrets.map((s) => s.phone ?? null),
        secrets.map((s) => s.original ?? null),
        kept.map((k) => k.pseudonym ?? null),
      ],
    });
    return kept;
  });

  return {
    keep,
    async reveal({ incidentId, subjectId, role, purpose }) {
      const found = await db.query<Record<'name' | 'phone' | 'original', string | null>>({
        ...look,
        values: [incidentId, subjectId, role, purpose],
      });
      return found.map((r) => ({
        ...(r.name === null ? {} : { name: r.name }),
        ...(r.phone === null ? {} : { phone: r.phone }),
        ...(r.original === null ? {} : { original: r.original }),
      }));
    },
  };
}
