import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { handClock, ISSUER, person } from '../test/server-fixture.ts';
import {
  type BuiltinIssuer,
  createBuiltinIssuer,
  createTokenVerifier,
  DEMO_LIFETIME_S,
  fileKeyStore,
  type KeyStore,
  memoryKeyStore,
} from './index.ts';

const clock = handClock();
const folders: string[] = [];

async function keyFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cityloop-key-'));
  folders.push(folder);
  return join(folder, 'auth', 'issuer.jwk');
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const start = (keyStore: KeyStore, environment?: string): Promise<BuiltinIssuer> =>
  createBuiltinIssuer({ keyStore, clock, issuer: ISSUER, environment });

const verifierOf = ({ audience, jwks }: BuiltinIssuer) =>
  createTokenVerifier({
    issuer: ISSUER,
    audience,
    keys: jwks,
    clock,
    maxLifetimeS: DEMO_LIFETIME_S,
  });

describe('the built-in issuer', () => {
  it('does not start in production, and says what to set instead', async () => {
    const refused = start(memoryKeyStore(), 'production');
    await expect(refused).rejects.toThrow('set OIDC_ISSUER and OIDC_AUDIENCE');
    await expect(refused).rejects.toMatchObject({ code: 'AUTH_BUILTIN_IN_PRODUCTION' });
  });

  it('signs people in for one shift, and everything about them is in the token', async () => {
    const issuer = await start(memoryKeyStore());
    const subject = { ...person('clerk', 'dispatcher'), post: '受理员', grids: ['g1'] };
    const { accessToken, expiresAt } = await issuer.personToken(subject);
    expect(Date.parse(expiresAt) - clock.now()).toBe(12 * 3_600_000);
    expect(await verifierOf(issuer)(accessToken)).toEqual(subject);
  });

  it('keeps its key: tokens outlive a restart', async () => {
    const path = await keyFile();
    const { accessToken } = await (await start(fileKeyStore(path))).personToken(person('clerk'));
    const restarted = await start(fileKeyStore(path));
    expect(await verifierOf(restarted)(accessToken)).toMatchObject({ id: 'p-1' });
  });

  it('keeps the key for its owner only, and leaves no drafts', async () => {
    const path = await keyFile();
    await start(fileKeyStore(path));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['issuer.jwk']);
  });

  it('agrees on one key when several processes start at once', async () => {
    const path = await keyFile();
    const issuers = await Promise.all(Array.from({ length: 8 }, () => start(fileKeyStore(path))));
    expect(new Set(issuers.map(({ jwks }) => jwks.keys[0]?.kid)).size).toBe(1);
  });

  it('publishes nothing private', async () => {
    const { jwks } = await start(memoryKeyStore());
    expect(Object.keys(jwks.keys[0] ?? {}).sort()).toEqual([
      'alg',
      'crv',
      'kid',
      'kty',
      'use',
      'x',
    ]);
  });

  it.each(['', 'garbage', '{}', '{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}'])(
    'says so when the stored key is damaged: %j',
    async (text) => {
      const store = fileKeyStore(await keyFile());
      await store.write(text);
      await expect(start(store)).rejects.toMatchObject({ code: 'AUTH_KEY_DAMAGED' });
    },
  );

  it('passes on what keeps it from storing the key', async () => {
    const path = await keyFile();
    await writeFile(join(path, '..', '..', 'blocked'), '');
    const blocked = fileKeyStore(join(path, '..', '..', 'blocked', 'issuer.jwk'));
    await expect(start(blocked)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('never signs a person in as system, nor under the name of a service', async () => {
    const issuer = await start(memoryKeyStore());
    const refused = { code: 'AUTH_SYSTEM_ROLE' };
    await expect(issuer.personToken(person('clerk', 'system'))).rejects.toMatchObject(refused);
    const posing = { ...person('clerk'), id: 'service:intake' };
    await expect(issuer.personToken(posing)).rejects.toMatchObject(refused);
  });

  it('gives a service its token, the same until shortly before its end', async () => {
    const issuer = await start(memoryKeyStore());
    const first = await issuer.serviceToken('intake');
    expect(await verifierOf(issuer)(first)).toEqual({
      id: 'service:intake',
      name: 'intake',
      roles: ['system'],
      area: '',
    });
    clock.advance(9 * 60_000);
    expect(await issuer.serviceToken('intake')).toBe(first);
    expect(await issuer.serviceToken('dispatch')).not.toBe(first);
    clock.advance(60_000);
    const next = await issuer.serviceToken('intake');
    expect(decodeJwt(next).exp).toBeGreaterThan(decodeJwt(first).exp ?? Number.NaN);
  });
});
