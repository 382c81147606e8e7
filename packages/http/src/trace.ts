import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})/;
const POOL_BYTES = 8_192;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

function randomHex(bytes: number): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

/** A trace id nobody has used. */
export const newTraceId = (): string => randomHex(16);

/** The id of a request: the trace id of its `traceparent`, or a new one (32 hex digits). */
export function traceIdOf(raw: Pick<IncomingMessage, 'headers'>): string {
  const given = raw.headers['traceparent'];
  if (typeof given !== 'string') return newTraceId();
  return TRACEPARENT.exec(given)?.[1] ?? newTraceId();
}

/** The `traceparent` (W3C) for work that this request causes: same trace, a new span. */
export function traceparentOf(request: FastifyRequest): string {
  // The raw ones: a route's header schema replaces `request.headers` by what it knows.
  const given = request.raw.headers['traceparent'];
  const flags = typeof given === 'string' ? TRACEPARENT.exec(given)?.[2] : undefined;
  return `00-${request.id}-${randomHex(8)}-${flags ?? '00'}`;
}
