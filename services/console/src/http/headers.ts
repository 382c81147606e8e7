import { InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';

/**
 * `Idempotency-Key`: the sender's name for this one request; a repeat gets the same answer, also when that is a
 * refusal by a rule. Whoever tries anew takes a new one.
 */
export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, '应为 1–200 个可见字符 / 1 to 200 visible ASCII characters');

/** The version in `If-Match: "7"`; undefined when it was not sent. */
export function versionIn(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined) return undefined;
  const version = /^(?:W\/)?"?(\d{1,9})"?$/.exec(ifMatch.trim())?.[1];
  if (version !== undefined) return Number(version);
  throw new InvalidInput('IF_MATCH_INVALID', 'If-Match 应为版本号，如 "7" / send a version');
}
