import { type Database, identifier, statement } from '@cityloop/postgres';
import { SCHEMA } from './schema.ts';

/** A sign-in under way: what the issuer's answer is held against, and where the person wants to go. */
export type SignIn = {
  readonly state: string;
  readonly verifier: string;
  readonly nonce: string;
  readonly returnTo: string;
};

const schema = identifier(SCHEMA);
/** Longer nobody needs for a password. */
const MINUTES = 10;
const tidy = `delete from ${schema}.sign_in where made_at < now() - interval '${MINUTES} minutes'`;
const insert = statement(
  `with old as (${tidy})
   insert into ${schema}.sign_in (state, verifier, nonce, return_to) values ($1, $2, $3, $4)`,
);
const take = statement(
  `delete from ${schema}.sign_in
   where state = $1 and made_at >= now() - interval '${MINUTES} minutes'
   returning verifier, nonce, return_to`,
);

export async function keepSignIn(db: Database, signIn: SignIn): Promise<void> {
  const { state, verifier, nonce, returnTo } = signIn;
  await db.query({ ...insert, values: [state, verifier, nonce, returnTo] });
}

/** Takes it out: an answer of the issuer counts once. */
export async function takeSignIn(db: Database, state: string): Promise<SignIn | undefined> {
  const [row] = await db.query<{ verifier: string; nonce: string; return_to: string }>({
    ...take,
    values: [state],
  });
  if (row === undefined) return undefined;
  return { state, verifier: row.verifier, nonce: row.nonce, returnTo: row.return_to };
}
