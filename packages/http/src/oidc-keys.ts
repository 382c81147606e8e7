import { type Clock, Unavailable } from '@cityloop/kernel';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';

const TIMEOUT_MS = 5_000;
const RETRY_AFTER_MS = 5_000;
const Discovery = z.looseObject({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** Where an issuer's keys come from. `fetch` is for tests. */
export type OidcKeysOptions = {
  readonly issuer: string;
  readonly clock: Clock;
  readonly fetch?: FetchImplementation;
};

/** The refusal while a token cannot be judged for want of keys. */
export const keysUnavailable = (cause: unknown): Unavailable =>
  new Unavailable(
    'AUTH_KEYS_UNAVAILABLE',
    '暂时无法核验登录，请稍后再试 / the keys of the issuer cannot be had now',
    {},
    { cause },
  );

// jose uses one general class for a key server that answers with an error and for a bad token.
const isAboutTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;

async function discover(options: OidcKeysOptions): Promise<JWTVerifyGetKey> {
  const { issuer, fetch: get = fetch } = options;
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await get(url, {
    method: 'GET',
    headers: new Headers({ accept: 'application/json' }),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  const found = Discovery.parse(await answer.json());
  if (found.issuer !== issuer) throw new Error(`${url} names another issuer`);
  return createRemoteJWKSet(new URL(found.jwks_uri), {
    timeoutDuration: TIMEOUT_MS,
    ...(options.fetch === undefined ? {} : { [customFetch]: options.fetch }),
  });
}

/**
 * The keys of an OpenID Connect issuer, found by its discovery document. Both are fetched when first
 * needed and kept; an unknown key id fetches the keys again, at most every 30 s. While the issuer does not
 * answer, a lookup throws `Unavailable` `AUTH_ISSUER_UNAVAILABLE`, and it is asked every 5 s at most.
 */
export function oidcKeys(options: OidcKeysOptions): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;

  function discovered(): Promise<JWTVerifyGetKey> {
    const mayAskAgain = options.clock.now() - failedAt >= RETRY_AFTER_MS;
    if (keys === undefined || (failedAt > Number.NEGATIVE_INFINITY && mayAskAgain)) {
      failedAt = Number.NEGATIVE_INFINITY;
      keys = discover(options);
      keys.catch(() => {
        failedAt = options.clock.now();
      });
    }
    return keys;
  }

  return async (header, token) => {
    let lookUp: JWTVerifyGetKey;
    try {
      lookUp = await discovered();
    } catch (cause) {
      throw new Unavailable(
        'AUTH_ISSUER_UNAVAILABLE',
        '统一认证平台暂时无法访问 / the identity provider does not answer',
        { retryAfter: RETRY_AFTER_MS / 1_000 },
        { cause },
      );
    }
    try {
      return await lookUp(header, token);
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      throw keysUnavailable(error);
    }
  };
}
