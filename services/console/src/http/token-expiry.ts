import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

const Payload = z.looseObject({ exp: z.number() });

/**
 * When the token that came with an authenticated request ends, ms. Its signature was checked at the
 * door; this only reads the time. A request without such a token ends now.
 */
export function expiryOf(request: Pick<FastifyRequest, 'headers'>): number {
  const payload = request.headers.authorization?.split('.')[1] ?? '';
  try {
    const text = Buffer.from(payload, 'base64url').toString('utf8');
    return Payload.parse(JSON.parse(text)).exp * 1_000;
  } catch {
    return 0;
  }
}
