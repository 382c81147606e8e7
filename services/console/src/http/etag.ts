import { hash } from 'node:crypto';
import { sendJson } from '@cityloop/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** An answer that stays the same until the district changes: encoded and named once. */
export type Kept = { readonly etag: string; readonly json: string };

/** Encodes an answer and names it by its content. */
export function keep(value: unknown): Kept {
  const json = JSON.stringify(value);
  return { etag: `"${hash('sha256', json, 'base64url').slice(0, 22)}"`, json };
}

/** Whether `If-None-Match` names what we would send; weak and strong names count alike here. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((given) => {
    const name = given.trim();
    return name === '*' || name === etag || name === `W/${etag}`;
  });
}

/** Sends what is kept, or 304 when the caller has it already. Never for shared caches. */
export function sendKept(request: FastifyRequest, reply: FastifyReply, kept: Kept): FastifyReply {
  reply.header('etag', kept.etag).header('cache-control', 'private, no-cache');
  reply.header('vary', 'authorization');
  if (isKnown(request.headers['if-none-match'], kept.etag)) return reply.code(304).send();
  return sendJson(reply, kept.json);
}
