import type { Subject } from '@cityloop/contracts';
import { type Clock, Forbidden, InvalidInput, toIso } from '@cityloop/kernel';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  SignJWT,
} from 'jose';
import { z } from 'zod';
import { SERVICE_PREFIX } from './claims.ts';
import type { KeyStore } from './key-store.ts';

/**
 * Seconds a demo person stays signed in: one shift. There is no refresh, and nobody should be
 * thrown out of a demonstration; real people come from an OpenID issuer with minutes.
 */
export const DEMO_LIFETIME_S = 12 * 60 * 60;

/** Who the built-in issuer's tokens are for. */
export const AUDIENCE = 'cityloop';

const SERVICE_LIFETIME_S = 15 * 60;
const RENEW_BEFORE_S = 5 * 60;

const PrivateKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
});

/** A token and when it ends (ISO 8601). */
export type IssuedToken = { readonly accessToken: string; readonly expiresAt: string };

/** Signs in demo people and the parts of the system. Not for production. */
export type BuiltinIssuer = {
  readonly issuer: string;
  readonly audience: string;
  /** The public keys, for verifiers in this and other processes. */
  readonly jwks: JSONWebKeySet;
  /** A token of 12 h. Throws `Forbidden` `AUTH_SYSTEM_ROLE` for a person with the role `system`. */
  personToken(person: Subject): Promise<IssuedToken>;
  /** The token of a part of the system, with the role `system`; renewed 5 minutes before its end. */
  serviceToken(name: string): Promise<string>;
};

/** What the built-in issuer needs. */
export type BuiltinIssuerOptions = {
  readonly keyStore: KeyStore;
  readonly clock: Clock;
  /** `iss` of its tokens. */
  readonly issuer: string;
  /** `CITYLOOP_ENV`; it refuses to work in `production`. */
  readonly environment: string | undefined;
};

type Signer = { readonly key: CryptoKey; readonly kid: string; readonly jwks: JSONWebKeySet };

function parseKey(text: string): z.infer<typeof PrivateKey> | undefined {
  try {
    return PrivateKey.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function storedKey(keyStore: KeyStore): Promise<string> {
  const before = await keyStore.read();
  if (before !== undefined) return before;
  const pair = await generateKeyPair('Ed25519', { extractable: true });
  await keyStore.write(JSON.stringify(await exportJWK(pair.privateKey)));
  // Read back: another process may have been first.
  return (await keyStore.read()) ?? '';
}

async function signerFrom(keyStore: KeyStore): Promise<Signer> {
  const jwk = parseKey(await storedKey(keyStore));
  const key = jwk && (await importJWK(jwk, 'Ed25519').catch(() => undefined));
  if (jwk === undefined || key === undefined || key instanceof Uint8Array) {
    throw new InvalidInput(
      'AUTH_KEY_DAMAGED',
      'the stored signing key is damaged: delete it, and everybody signs in again',
    );
  }
  const { kty, crv, x } = jwk;
  const kid = await calculateJwkThumbprint({ kty, crv, x });
  return { key, kid, jwks: { keys: [{ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }] } };
}

function refuseInProduction(environment: string | undefined): void {
  if (environment !== 'production') return;
  throw new InvalidInput(
    'AUTH_BUILTIN_IN_PRODUCTION',
    'the built-in issuer signs anybody in and does not start when CITYLOOP_ENV=production: set OIDC_ISSUER and OIDC_AUDIENCE',
  );
}

/**
 * Starts the built-in issuer; its Ed25519 key is made once and kept. Throws `InvalidInput`
 * `AUTH_BUILTIN_IN_PRODUCTION` or `AUTH_KEY_DAMAGED`, and what the key store throws.
 */
export async function createBuiltinIssuer(options: BuiltinIssuerOptions): Promise<BuiltinIssuer> {
  refuseInProduction(options.environment);
  const { clock, issuer } = options;
  const { key, kid, jwks } = await signerFrom(options.keyStore);
  const services = new Map<string, { readonly token: string; readonly renewAt: number }>();

  async function issue(subject: Subject, kind: string, lifetimeS: number): Promise<IssuedToken> {
    const { id, name, ...rest } = subject;
    const now = Math.floor(clock.now() / 1_000);
    const accessToken = await new SignJWT({ name, cityloop: { ...rest, kind } })
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setSubject(id)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetimeS)
      .sign(key);
    return { accessToken, expiresAt: toIso((now + lifetimeS) * 1_000) };
  }

  return {
    issuer,
    audience: AUDIENCE,
    jwks,
    async personToken(person) {
      if (person.roles.includes('system') || person.id.startsWith(SERVICE_PREFIX)) {
        throw new Forbidden('AUTH_SYSTEM_ROLE', '系统角色不发给个人 / nobody signs in as system');
      }
      return issue(person, 'person', DEMO_LIFETIME_S);
    },
    async serviceToken(name) {
      const kept = services.get(name);
      if (kept !== undefined && clock.now() < kept.renewAt) return kept.token;
      const subject: Subject = { id: SERVICE_PREFIX + name, name, roles: ['system'], area: '' };
      const { accessToken } = await issue(subject, 'service', SERVICE_LIFETIME_S);
      const renewAt = clock.now() + (SERVICE_LIFETIME_S - RENEW_BEFORE_S) * 1_000;
      services.set(name, { token: accessToken, renewAt });
      return accessToken;
    },
  };
}
