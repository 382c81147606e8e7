import { NotFound } from '@cityloop/kernel';
import type { Metrics } from '@cityloop/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemOf, type Refusal, refusalOf } from './problem.ts';
import { secureHeaders } from './security-headers.ts';

const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

/** The path without its query, which may hold what people typed. */
function pathOf(request: FastifyRequest): string {
  const { url } = request;
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function logOnce(request: FastifyRequest, refusal: Refusal, error: unknown): void {
  const { status, code } = refusal;
  const facts = {
    code,
    status,
    method: request.method,
    route: request.routeOptions.url,
    traceId: request.id,
  };
  // Whoever asks for it does so every few seconds, and is told.
  if (code === 'NOT_READY') request.log.debug(facts, 'not ready');
  else if (status === 503) request.log.warn({ ...facts, err: error }, 'request turned away');
  else if (status >= 500) request.log.error({ ...facts, err: error }, 'request failed');
  else request.log.debug(facts, 'request refused');
}

/** Answers with the problem document of an error and logs it, once. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalOf(error);
  logOnce(request, refusal, error);
  // A URL that cannot be decoded gets here before any hook has run.
  secureHeaders(reply);
  reply
    .code(refusal.status)
    .header('content-type', PROBLEM_JSON)
    .header('cache-control', 'no-store');
  if (refusal.status === 401) reply.header('www-authenticate', 'Bearer realm="cityloop"');
  if (refusal.retryAfter !== undefined) reply.header('retry-after', refusal.retryAfter);
  const context = { traceId: request.id, instance: pathOf(request) };
  reply.send(JSON.stringify(problemOf(refusal, context)));
}

/**
 * Makes every failure of `app`, its plugins and its router a problem document, and counts requests
 * for addresses that do not exist: many of them are somebody looking for a way in.
 */
export function handleErrors(app: FastifyInstance, metrics: Metrics | undefined): void {
  const unmatched = metrics?.counter({
    name: 'http_unmatched_requests_total',
    help: 'Requests for addresses that do not exist',
  });
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => {
    unmatched?.inc();
    const error = new NotFound(
      'ROUTE_NOT_FOUND',
      '没有这个地址 / there is nothing at this address',
    );
    sendProblem(error, request, reply);
  });
}
