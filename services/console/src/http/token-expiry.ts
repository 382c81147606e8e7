import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Until when somebody is let in, ms; asked anew each time, for a session may end before its time. */
export type Until = () => number;

const Payload = z.looseObject({ exp: z.number() });

/**
 * Until when the token is good that came with an authenticated request. Its signature was checked at the
 * door; this only reads the time. A request without such a token ends now.
 */
export function tokenUntil(request: Pick<FastifyRequest, 'headers'>): Until {
  const endMs = expiryIn(request.headers.authorization?.split('.')[1] ?? '');
  return () => endMs;
}

function expiryIn(payload: string): number {
  try {
    const text = Buffer.from(payload, 'base64url').toString('utf8');
    return Payload.parse(JSON.parse(text)).exp * 1_000;
  } catch {
    return 0;
  }
}
