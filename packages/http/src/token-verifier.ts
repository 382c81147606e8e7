import type { Subject } from '@cityloop/contracts';
import { CityLoopError, type Clock, Unauthenticated } from '@cityloop/kernel';
import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { subjectFromClaims } from './claims.ts';
import { createExpiringCache } from './expiring-cache.ts';
import { keysUnavailable } from './oidc-keys.ts';
import type { Authenticate } from './permissions.ts';

const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'RS256'];
const TYPES: ReadonlySet<string> = new Set(['at+jwt', 'application/at+jwt', 'jwt']);
const SKEW_S = 30;
const DEFAULT_LIFETIME_S = 15 * 60;
const CACHED_TOKENS = 20_000;
// A key that was taken out of the key set stops working after this long for known tokens, too.
const REVERIFY_MS = 15 * 60_000;

/**
 * Says whose token it is: at once for a token verified lately, else as a promise. Throws or rejects
 * with `Unauthenticated` (`AUTH_TOKEN_INVALID`, `AUTH_TOKEN_EXPIRED`, `AUTH_CLAIMS`), or
 * `Unavailable` when the issuer's keys cannot be had.
 */
export type TokenVerifier = (token: string) => Subject | Promise<Subject>;

/** What a token is checked against. */
export type TokenVerifierOptions = {
  readonly issuer: string;
  readonly audience: string;
  /** A key set, or where to look a key up (`oidcKeys`). */
  readonly keys: JSONWebKeySet | JWTVerifyGetKey;
  readonly clock: Clock;
  /** Seconds between issue and expiry that are accepted; 15 minutes unless told. */
  readonly maxLifetimeS?: number;
};

const expired = (): Unauthenticated =>
  new Unauthenticated('AUTH_TOKEN_EXPIRED', '登录已过期，请重新登录 / the token has expired');

const invalid = (cause?: unknown): Unauthenticated =>
  new Unauthenticated(
    'AUTH_TOKEN_INVALID',
    '登录凭证无效 / the token is not acceptable',
    {},
    { cause },
  );

function refusalOf(error: unknown): CityLoopError {
  if (error instanceof CityLoopError) return error;
  if (error instanceof errors.JWTExpired) return expired();
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
    return keysUnavailable(error);
  }
  return invalid(error);
}

type Times = { readonly iat: number; readonly exp: number };

function timesOf({ iat, exp }: JWTPayload, maxLifetimeS: number): Times {
  if (iat === undefined || exp === undefined || exp - iat > maxLifetimeS) throw invalid();
  return { iat, exp };
}

/**
 * A verifier for the tokens of one issuer: signature (EdDSA, ES256, RS256 and nothing else), `typ`,
 * issuer, audience, expiry and lifetime, with 30 s for clocks that differ. Results are kept by token
 * until it expires, at most 15 minutes.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, audience, clock, maxLifetimeS = DEFAULT_LIFETIME_S } = options;
  const keys = typeof options.keys === 'function' ? options.keys : createLocalJWKSet(options.keys);
  const known = createExpiringCache<Subject>(clock, CACHED_TOKENS);

  async function verify(token: string): Promise<Subject> {
    const now = clock.now();
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: SKEW_S,
        currentDate: new Date(now),
        requiredClaims: ['sub', 'iat', 'exp'],
      });
      if (!TYPES.has(protectedHeader.typ?.toLowerCase() ?? '')) throw invalid();
      const { iat, exp } = timesOf(payload, maxLifetimeS);
      if (iat > now / 1_000 + SKEW_S) throw invalid();
      const subject = subjectFromClaims(payload);
      known.set(token, subject, Math.min((exp + SKEW_S) * 1_000, now + REVERIFY_MS));
      return subject;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  return (token) => known.get(token) ?? verify(token);
}

const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

/** Authenticates by the `Authorization: Bearer` header. */
export function bearer(verify: TokenVerifier): Authenticate {
  return (request) => {
    const header = request.headers.authorization;
    if (header === undefined) {
      throw new Unauthenticated('AUTH_REQUIRED', '请先登录 / send Authorization: Bearer <token>');
    }
    const token = BEARER.exec(header)?.[1];
    if (token === undefined) throw invalid();
    return verify(token);
  };
}
