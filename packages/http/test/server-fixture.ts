import type { Role, Subject } from '@cityloop/contracts';
import type { Clock } from '@cityloop/kernel';
import { createLogger, createMetrics } from '@cityloop/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import {
  type BuiltinIssuer,
  bearer,
  createBuiltinIssuer,
  createServer,
  createTokenVerifier,
  DEMO_LIFETIME_S,
  memoryKeyStore,
  PUBLIC,
  type Server,
  type ServerOptions,
} from '../src/index.ts';

export const ISSUER = 'https://issuer.test';

/** A clock that a test moves. */
export type HandClock = Clock & { advance(ms: number): void };

export function handClock(start = Date.UTC(2026, 0, 31, 0, 30)): HandClock {
  let ms = start;
  return {
    now: () => ms,
    advance(by) {
      ms += by;
    },
  };
}

export const person = (...roles: Role[]): Subject => ({
  id: 'p-1',
  name: '王小明',
  roles,
  area: '310110',
  centreId: 'c-310110',
});

export type Fixture = AsyncDisposable & {
  readonly app: Server;
  readonly issuer: BuiltinIssuer;
  readonly clock: HandClock;
  readonly logLines: readonly string[];
  /** Headers of a signed-in person with these roles. */
  signedIn(...roles: Role[]): Promise<Record<string, string>>;
};

export async function serverWith(
  routes: FastifyPluginAsyncZod,
  options: Partial<ServerOptions> = {},
): Promise<Fixture> {
  const clock = handClock();
  const issuer = await createBuiltinIssuer({
    keyStore: memoryKeyStore(),
    clock,
    issuer: ISSUER,
    environment: undefined,
  });
  const verify = createTokenVerifier({
    issuer: ISSUER,
    audience: issuer.audience,
    keys: issuer.jwks,
    clock,
    maxLifetimeS: DEMO_LIFETIME_S,
  });
  const logLines: string[] = [];
  const logger = createLogger({
    name: 'test',
    level: 'info',
    destination: { write: (line) => void logLines.push(line) },
  });
  const app = createServer({
    name: 'test',
    logger,
    authenticate: bearer(verify),
    permissions: { file: ['clerk', 'shift-supervisor'], nobody: [] },
    metrics: createMetrics({ processMetrics: false }),
    metricsPermission: PUBLIC,
    openapi: { title: 'CityLoop', version: '0.1.0' },
    ...options,
  });
  app.register(routes, { prefix: '/api/v1' });
  return {
    app,
    issuer,
    clock,
    logLines,
    async signedIn(...roles) {
      const { accessToken } = await issuer.personToken(person(...roles));
      return { authorization: `Bearer ${accessToken}` };
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}
