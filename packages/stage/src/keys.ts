import { hash } from 'node:crypto';
import { KeyReused, Unavailable } from '@cityloop/kernel';
import { isRefused, refusedError } from './answer.ts';
import type { KnownKey, StageStore } from './store.ts';
import type { Answer, Command } from './work.ts';

/** How a principal's idempotency key is known inside: unguessable from the key of somebody else. */
export function keyId(principal: string, key: string): string {
  return hash('sha256', `${principal}\n${key}`, 'base64url').slice(0, 24);
}

/** What a key stands for: the same key with another verb, incident or body is a mistake. */
export function bodyHash(verb: string, incidentId: string, body: unknown): string {
  return hash('sha256', `${verb}\n${incidentId}\n${JSON.stringify(body)}`, 'base64url').slice(
    0,
    24,
  );
}

/** Refuses a key that was used for something else. */
export function keyReused(): KeyReused {
  return new KeyReused(
    'IDEMPOTENCY_KEY_REUSED',
    '同一幂等键用于不同请求 / this key was used for another request',
  );
}

/** Whether it is a repeat cannot be told at the moment. */
export function keyUncertain(): Unavailable {
  return new Unavailable(
    'KEY_UNCERTAIN',
    '暂时无法确认是否重复提交，请稍后重试 / whether this is a repeat cannot be told now, try again',
    { retryAfter: 1 },
  );
}

/**
 * What a command with this key was answered, if it was; throws what it was refused with, and refuses a key
 * that stood for something else.
 */
export async function answerTo(
  store: Pick<StageStore, 'findKeys'>,
  key: string,
  hash: string,
): Promise<Answer | undefined> {
  const known = (await store.findKeys([key])).get(key);
  if (known === undefined) return undefined;
  if (!standsFor(known, hash)) throw keyReused();
  if (isRefused(known.answer)) throw refusedError(known.answer);
  return known.answer;
}

/** The same for a command; undefined without a key. */
export async function answerToCommand(
  store: Pick<StageStore, 'findKeys'>,
  { subject, key, command, incidentId }: Command,
): Promise<Answer | undefined> {
  if (key === undefined) return undefined;
  const hash = bodyHash(command.verb, incidentId, command.body);
  return answerTo(store, keyId(subject.id, key), hash);
}

/** Whether a known key stands for this. One taken back from the log has the beginning of its hash only. */
export function standsFor({ bodyHash }: Pick<KnownKey, 'bodyHash'>, hash: string): boolean {
  return hash.startsWith(bodyHash);
}

/** How a key travels in the dossier: with what it stands for, so that a misuse is seen there too. */
export function travellingKey(key: string, hash: string): string {
  return `${key}.${hash.slice(0, 8)}`;
}

/** The key and the beginning of what it stands for, as they travelled. */
export function travelled(key: string): { readonly key: string; readonly bodyHash: string } {
  const dot = key.indexOf('.');
  return { key: key.slice(0, dot), bodyHash: key.slice(dot + 1) };
}

/** Whether two travelling keys are of one key, whatever they stand for. */
export function sameKey(a: string, b: string | undefined): boolean {
  return b !== undefined && a.slice(0, a.indexOf('.')) === b.slice(0, b.indexOf('.'));
}
