import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger, Metrics } from '@cityloop/runtime';
import rateLimit from '@fastify/rate-limit';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  fastify,
  LogController,
  type RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { answerClientError } from './client-error.ts';
import { handleErrors, sendProblem } from './error-handling.ts';
import { healthRoutes, type ReadyCheck } from './health.ts';
import { hasNul, parseJsonBodies, textInvalid } from './json-body.ts';
import { refuseFrequent } from './limits.ts';
import { type ApiInfo, describeRoutes, openapiRoutes } from './openapi.ts';
import { type Authenticate, type Permissions, requirePermissions } from './permissions.ts';
import { measureRequests } from './request-metrics.ts';
import { decorateRequests, startedKey } from './request-state.ts';
import { secureHeaders } from './security-headers.ts';
import { traceIdOf } from './trace.ts';
import { zodValidation } from './validation.ts';

const DEFAULT_BODY_BYTES = 1_048_576;
// For the whole request to arrive; a bulk upload is many requests.
const REQUEST_MS = 300_000;
/** How much is left of a limit is nobody's business; the refusal has its own `Retry-After`. */
const QUIET = {
  addHeaders: {
    'x-ratelimit-limit': false,
    'x-ratelimit-remaining': false,
    'x-ratelimit-reset': false,
  },
  addHeadersOnExceeding: {
    'x-ratelimit-limit': false,
    'x-ratelimit-remaining': false,
    'x-ratelimit-reset': false,
  },
};

/** A Fastify server whose routes are typed by their zod schemas. */
export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What a server is made of. Routes come as plugins: `server.register(routes, { prefix: '/api/v1' })`. */
export type ServerOptions = {
  readonly name: string;
  readonly logger: Logger;
  readonly authenticate: Authenticate;
  readonly permissions: Permissions;
  /** What must work for the server to be sent work; asked by `/ready`. */
  readonly ready?: readonly ReadyCheck[];
  readonly metrics?: Metrics;
  /** Whose `/metrics` is: `metrics` of the table unless told; `PUBLIC` only where no stranger comes. */
  readonly metricsPermission?: string;
  readonly openapi?: ApiInfo;
  /** Bytes of the largest body; a route may set its own. */
  readonly bodyLimit?: number;
};

/**
 * Builds a server that denies by default, speaks `application/problem+json` and answers `/live`,
 * `/ready`, `/metrics`, `/openapi.json` and `/docs`. It does not listen yet. Add routes in plugins,
 * not on the server itself: only those are in the OpenAPI document.
 */
export function createServer(options: ServerOptions): Server {
  const logger: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger a request costs more than the rest of a small answer; errors name their trace.
    childLoggerFactory: (parent) => parent,
    genReqId: traceIdOf,
    bodyLimit: options.bodyLimit ?? DEFAULT_BODY_BYTES,
    trustProxy: false,
    requestTimeout: REQUEST_MS,
    // What comes on an open connection while we close is answered like any other, and the last one there.
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    clientErrorHandler: answerClientError,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(zodValidation);
  // Responses are typed where they are made; parsing them again would cost more than sending them.
  app.setSerializerCompiler(() => JSON.stringify);
  decorateRequests(app);
  app.addHook('onRequest', (request, reply, done) => {
    request[startedKey] = performance.now();
    secureHeaders(reply);
    done(hasNul(request.raw.url) ? textInvalid() : undefined);
  });
  parseJsonBodies(app);
  handleErrors(app, options.metrics);
  requirePermissions(app, options.permissions, options.authenticate);
  if (options.metrics !== undefined) measureRequests(app, options.metrics);
  describeRoutes(app, options.openapi ?? { title: options.name, version: '0' });
  // Only routes that say so are limited, see `limits.ts`.
  app.register(rateLimit, { global: false, errorResponseBuilder: refuseFrequent, ...QUIET });
  app.register(openapiRoutes());
  const readers = options.metricsPermission ?? 'metrics';
  app.register(healthRoutes(options.ready ?? [], options.metrics, readers));
  return app;
}
