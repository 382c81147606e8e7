import type { Subject } from '@cityloop/contracts';
import { TooManyRequests } from '@cityloop/kernel';
import type { RateLimitOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { subjectOf } from './request-state.ts';

const MINUTE_MS = 60_000;

/** For `config.rateLimit` of a public route: so many requests a minute from one address, here. */
export function perAddress(amount: number): RateLimitOptions {
  return { max: amount, timeWindow: MINUTE_MS };
}

/**
 * For `config.rateLimit` of a route that asks who it is: so many requests a minute by one person, in
 * this process; those who are not `limited` as often as they like.
 */
export function perPerson(
  amount: number,
  limited: (subject: Subject) => boolean = () => true,
): RateLimitOptions {
  return {
    max: amount,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => subjectOf(request).id,
    allowList: (request) => !limited(subjectOf(request)),
  };
}

/** What a request beyond its limit is refused with. */
export function refuseFrequent(
  _request: FastifyRequest,
  { ttl }: { readonly ttl: number },
): TooManyRequests {
  return new TooManyRequests(
    'TOO_MANY_REQUESTS',
    '请求过于频繁，请稍后再试 / too many requests, wait',
    {
      retryAfter: ttl / 1_000,
    },
  );
}
