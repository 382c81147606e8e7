import type { Subject } from '@cityloop/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Symbols, so that nothing outside this package reads or sets these by name. */
export const subjectKey: unique symbol = Symbol('subject');
export const startedKey: unique symbol = Symbol('started');

declare module 'fastify' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface merges with Fastify's
  interface FastifyRequest {
    [subjectKey]: Subject | null;
    [startedKey]: number;
  }
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface merges with Fastify's
  interface FastifyContextConfig {
    /** What the caller must be allowed, a name of the permission table; or `public`. */
    permission?: string;
  }
}

/** Gives every request the same shape from the start, which keeps property access fast. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest(subjectKey, null);
  app.decorateRequest(startedKey, 0);
}

/** Who sent the request. Throws on a public route, where nobody was asked. */
export function subjectOf(request: FastifyRequest): Subject {
  const subject = request[subjectKey];
  if (subject === null) throw new Error('a public route has no subject');
  return subject;
}
