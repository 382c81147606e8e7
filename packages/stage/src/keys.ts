import { hash } from 'node:crypto';
import { KeyReused } from '@cityloop/kernel';

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
