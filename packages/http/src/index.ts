export type { FastifyPluginAsyncZod as Routes } from 'fastify-type-provider-zod';
export {
  AUDIENCE,
  type BuiltinIssuer,
  type BuiltinIssuerOptions,
  createBuiltinIssuer,
  DEMO_LIFETIME_S,
  type IssuedToken,
} from './builtin-issuer.ts';
export { subjectFromClaims } from './claims.ts';
export { type DemoPerson, demoAuthRoutes } from './demo-auth.ts';
export { drainOnClose } from './drain.ts';
export type { ReadyCheck } from './health.ts';
export { derivedKeyStore, fileKeyStore, type KeyStore, memoryKeyStore } from './key-store.ts';
export { perAddress, perPerson } from './limits.ts';
export { isLoopback, type ListenAt, listenOn } from './listen.ts';
export { orMetricsToken } from './metrics-token.ts';
export { type OidcKeysOptions, oidcKeys } from './oidc-keys.ts';
export type { ApiInfo } from './openapi.ts';
export { type Authenticate, type Permissions, PUBLIC } from './permissions.ts';
export { errorOf, Problem, problemOf, type Refusal, refusalOf } from './problem.ts';
export { subjectOf } from './request-state.ts';
export { sendJson } from './send-json.ts';
export { createServer, type Server, type ServerOptions } from './server.ts';
export { serviceToken } from './service-token.ts';
export {
  bearer,
  createTokenVerifier,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './token-verifier.ts';
export { traceparentOf } from './trace.ts';
export { invalidRequest } from './validation.ts';
