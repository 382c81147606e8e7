import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { handClock, ISSUER } from '../test/server-fixture.ts';
import { createTokenVerifier, oidcKeys } from './index.ts';

const pair = await generateKeyPair('ES256', { extractable: true });
const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }] };
const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`;

/** An identity provider that answers with these bodies; `null` is a connection that fails. */
function provider(discovery: unknown = { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` }) {
  const asked: string[] = [];
  const answers = new Map<string, unknown>([
    [DISCOVERY, discovery],
    [`${ISSUER}/keys`, jwks],
  ]);
  const clock = handClock();
  const keys = oidcKeys({
    issuer: ISSUER,
    clock,
    fetch: async (url) => {
      asked.push(url);
      const answer = answers.get(url);
      if (answer === null) throw new TypeError('fetch failed');
      return answer === undefined ? new Response('', { status: 404 }) : Response.json(answer);
    },
  });
  const verify = createTokenVerifier({ issuer: ISSUER, audience: 'cityloop', keys, clock });
  const token = () =>
    new SignJWT({ cityloop: { roles: ['clerk'], area: '310110' } })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience('cityloop')
      .setSubject('p-1')
      .setIssuedAt(clock.now() / 1_000)
      .setExpirationTime(clock.now() / 1_000 + 300)
      .sign(pair.privateKey);
  return { asked, answers, clock, signIn: async () => verify(await token()) };
}

describe('keys of an OpenID issuer', () => {
  it('finds them by the discovery document, and asks for either once', async () => {
    const { asked, signIn } = provider();
    expect(await signIn()).toMatchObject({ id: 'p-1', roles: ['clerk'] });
    await signIn();
    expect(asked).toEqual([DISCOVERY, `${ISSUER}/keys`]);
  });

  it.each([
    ['does not answer', null],
    ['has no discovery document', undefined],
    ['sends something else', { hello: 'world' }],
    ['names another issuer', { issuer: 'https://elsewhere.test', jwks_uri: `${ISSUER}/keys` }],
    ['names keys that are not on the web', { issuer: ISSUER, jwks_uri: 'file:///etc/passwd' }],
  ])('is unavailable while the issuer %s', async (_what, discovery) => {
    const { answers, signIn } = provider();
    answers.set(DISCOVERY, discovery);
    await expect(signIn()).rejects.toMatchObject({ code: 'AUTH_ISSUER_UNAVAILABLE' });
  });

  it('asks an issuer that failed again after five seconds, not sooner', async () => {
    const { asked, answers, clock, signIn } = provider(null);
    await expect(signIn()).rejects.toMatchObject({ code: 'AUTH_ISSUER_UNAVAILABLE' });
    await expect(signIn()).rejects.toMatchObject({ code: 'AUTH_ISSUER_UNAVAILABLE' });
    expect(asked).toHaveLength(1);
    answers.set(DISCOVERY, { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` });
    clock.advance(5_000);
    expect(await signIn()).toMatchObject({ id: 'p-1' });
  });

  it('is unavailable when only the keys do not answer', async () => {
    const { answers, signIn } = provider();
    answers.set(`${ISSUER}/keys`, null);
    await expect(signIn()).rejects.toMatchObject({ code: 'AUTH_KEYS_UNAVAILABLE' });
  });

  it('is unavailable, not a verdict on the token, when the keys answer with an error', async () => {
    const { answers, signIn } = provider();
    answers.set(`${ISSUER}/keys`, undefined);
    await expect(signIn()).rejects.toMatchObject({ code: 'AUTH_KEYS_UNAVAILABLE' });
  });
});
