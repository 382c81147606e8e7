import { createHash } from 'node:crypto';
import { InvalidInput } from '@cityloop/kernel';

/** A statement that is prepared once a connection; add `values` to run it. */
export type Statement = { readonly name: string; readonly text: string };

/**
 * Names a statement after its text, so that equal texts share one plan and different ones (another
 * schema) never collide. Make it once, not on every call: the name is a hash.
 */
export function statement(text: string): Statement {
  const name = `s${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  return { name, text };
}

// What needs no quotes anywhere and stays below the 63 bytes of Postgres.
const IDENTIFIER = /^[a-z][a-z0-9_]{0,62}$/;

/**
 * The name of a schema, table or column as it may stand in SQL. Lower case letters, digits and
 * underscores only; anything else is `InvalidInput` `DB_IDENTIFIER_INVALID`.
 */
export function identifier(name: string): string {
  if (IDENTIFIER.test(name)) return `"${name}"`;
  throw new InvalidInput('DB_IDENTIFIER_INVALID', `"${name}" cannot be the name of a schema`);
}
