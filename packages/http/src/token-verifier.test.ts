import { Unavailable } from '@cityloop/kernel';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { describe, expect, it } from 'vitest';
import { handClock, ISSUER } from '../test/server-fixture.ts';
import { createTokenVerifier } from './index.ts';

const AUDIENCE = 'cityloop';
const CLAIM = { roles: ['clerk'], area: '310110' };
const pair = await generateKeyPair('Ed25519', { extractable: true });
const other = await generateKeyPair('Ed25519', { extractable: true });
const publicJwk = await exportJWK(pair.publicKey);
const strange = await generateKeyPair('ES384', { extractable: true });
const keys: JSONWebKeySet = {
  keys: [
    { ...publicJwk, kid: 'k1', alg: 'EdDSA', use: 'sig' },
    { ...(await exportJWK(strange.publicKey)), kid: 'k384' },
  ],
};

type Made = {
  readonly header?: { readonly alg?: string; readonly kid?: string; readonly typ?: string | null };
  readonly claims?: Record<string, unknown>;
  readonly key?: CryptoKey | Uint8Array;
};

function tokenAt(nowMs: number, { header = {}, claims = {}, key = pair.privateKey }: Made = {}) {
  const iat = nowMs / 1_000;
  const payload = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'p-1',
    name: '王小明',
    iat,
    exp: iat + 600,
    cityloop: CLAIM,
    ...claims,
  };
  const { typ, ...rest } = { alg: 'EdDSA', kid: 'k1', typ: 'at+jwt', ...header };
  return new SignJWT(payload).setProtectedHeader(typ === null ? rest : { ...rest, typ }).sign(key);
}

function verifier(clock = handClock()) {
  return {
    clock,
    verify: async (token: string) =>
      createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, keys, clock })(token),
  };
}

describe('token verification', () => {
  it('reads the subject from the claims', async () => {
    const { verify, clock } = verifier();
    expect(await verify(await tokenAt(clock.now()))).toEqual({
      id: 'p-1',
      name: '王小明',
      ...CLAIM,
    });
  });

  it.each<[string, Made]>([
    ['another key under our key id', { key: other.privateKey }],
    ['an unknown key id', { header: { kid: 'k2' } }],
    [
      'a shared secret made of the public key',
      { header: { alg: 'HS256' }, key: Buffer.from(publicJwk.x ?? '') },
    ],
    [
      'an algorithm that is not on the list, though the key is',
      { header: { alg: 'ES384', kid: 'k384' }, key: strange.privateKey },
    ],
    ['another audience', { claims: { aud: 'elsewhere' } }],
    ['another issuer', { claims: { iss: 'https://elsewhere.test' } }],
    ['another kind of token', { header: { typ: 'logout+jwt' } }],
    ['no kind of token', { header: { typ: null } }],
    ['a lifetime beyond 15 minutes', { claims: { exp: handClock().now() / 1_000 + 901 } }],
    ['an issue time in the future', { claims: { iat: handClock().now() / 1_000 + 60 } }],
    ['no expiry', { claims: { exp: undefined } }],
    ['a start in the future', { claims: { nbf: handClock().now() / 1_000 + 60 } }],
  ])('refuses %s', async (_what, made) => {
    const { verify, clock } = verifier();
    const token = await tokenAt(clock.now(), made);
    await expect(verify(token)).rejects.toMatchObject({ code: 'AUTH_TOKEN_INVALID' });
  });

  it('refuses a token without a signature, and one whose claims were changed', async () => {
    const { verify, clock } = verifier();
    const unsigned = new UnsecuredJWT({ cityloop: CLAIM, sub: 'p-1', iss: ISSUER, aud: AUDIENCE })
      .setIssuedAt(clock.now() / 1_000)
      .setExpirationTime(clock.now() / 1_000 + 600)
      .encode();
    await expect(verify(unsigned)).rejects.toMatchObject({ code: 'AUTH_TOKEN_INVALID' });
    const [header, , signature] = (await tokenAt(clock.now())).split('.');
    const [, payload] = (
      await tokenAt(clock.now(), { claims: { cityloop: { ...CLAIM, roles: ['admin'] } } })
    ).split('.');
    const spliced = [header, payload, signature].join('.');
    await expect(verify(spliced)).rejects.toMatchObject({ code: 'AUTH_TOKEN_INVALID' });
  });

  it.each([
    ['system from a person', { roles: ['system'], area: '' }],
    ['system among other roles', { ...CLAIM, roles: ['clerk', 'system'] }],
    ['a service without the name of one', { roles: ['system'], area: '', kind: 'service' }],
    ['an unknown role', { ...CLAIM, roles: ['root'] }],
    ['no roles', { area: '310110' }],
    ['no claim', undefined],
  ])('refuses claims with %s', async (_what, cityloop) => {
    const { verify, clock } = verifier();
    const token = await tokenAt(clock.now(), { claims: { cityloop } });
    await expect(verify(token)).rejects.toMatchObject({ code: 'AUTH_CLAIMS' });
  });

  it('refuses a person whose id looks like a service', async () => {
    const { verify, clock } = verifier();
    const token = await tokenAt(clock.now(), { claims: { sub: 'service:intake' } });
    await expect(verify(token)).rejects.toMatchObject({ code: 'AUTH_CLAIMS' });
  });

  it('allows half a minute for clocks that differ, and no more', async () => {
    const { verify, clock } = verifier();
    const token = await tokenAt(clock.now());
    clock.advance(600_000 + 29_000);
    expect(await verify(token)).toMatchObject({ id: 'p-1' });
    clock.advance(2_000);
    await expect(verify(token)).rejects.toMatchObject({ code: 'AUTH_TOKEN_EXPIRED' });
  });

  it('verifies a token once while it lasts, and refuses it from the moment it has ended', async () => {
    const clock = handClock();
    let lookUps = 0;
    const verify = createTokenVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      clock,
      keys: () => {
        lookUps += 1;
        return pair.publicKey;
      },
    });
    const token = await tokenAt(clock.now());
    await verify(token);
    clock.advance(600_000);
    const again = verify(token);
    expect(again).not.toBeInstanceOf(Promise);
    expect(lookUps).toBe(1);
    clock.advance(30_000);
    await expect(verify(token)).rejects.toMatchObject({ code: 'AUTH_TOKEN_EXPIRED' });
  });

  it('looks the key of a long token up again after a quarter of an hour', async () => {
    const clock = handClock();
    let lookUps = 0;
    const verify = createTokenVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      clock,
      maxLifetimeS: 43_200,
      keys: () => {
        lookUps += 1;
        return pair.publicKey;
      },
    });
    const token = await tokenAt(clock.now(), { claims: { exp: clock.now() / 1_000 + 43_200 } });
    await verify(token);
    clock.advance(15 * 60_000);
    await verify(token);
    expect(lookUps).toBe(2);
  });

  it('is unavailable, not unauthenticated, when the keys cannot be had', async () => {
    const clock = handClock();
    const verify = createTokenVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      clock,
      keys: () => {
        throw new TypeError('fetch failed');
      },
    });
    const token = await tokenAt(clock.now());
    await expect(verify(token)).rejects.toBeInstanceOf(Unavailable);
  });
});
