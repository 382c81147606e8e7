import { describe, expect, it } from 'vitest';
import { serverWith } from '../test/server-fixture.ts';
import { perAddress, perPerson, subjectOf } from './index.ts';

const limited = () =>
  serverWith(
    async (app) => {
      app.get(
        '/sign-in',
        { config: { permission: 'public', rateLimit: perAddress(2) } },
        () => ({}),
      );
      app.get('/free', { config: { permission: 'public' } }, () => ({}));
      const rateLimit = perPerson(2, ({ roles }) => !roles.includes('admin'));
      app.get('/photos', { config: { permission: 'all', rateLimit } }, (request) => ({
        by: subjectOf(request).id,
      }));
    },
    { permissions: { all: ['clerk', 'admin'] } },
  );

describe('limits', () => {
  it('turn an address away that asks too often, with a problem that says when to come again', async () => {
    await using server = await limited();
    const ask = (remoteAddress: string, url = '/api/v1/sign-in') =>
      server.app.inject({ url, remoteAddress });
    const codes = [];
    for (let n = 0; n < 4; n++) codes.push((await ask('10.0.0.1')).statusCode);
    expect(codes).toEqual([200, 200, 429, 429]);
    const refused = await ask('10.0.0.1');
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.json()).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS' });
    const wait = Number(refused.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(Object.keys(refused.headers).join()).not.toContain('ratelimit');
    expect((await ask('10.0.0.2')).statusCode).toBe(200);
    expect((await ask('10.0.0.1', '/api/v1/free')).statusCode).toBe(200);
  });

  it('count a person wherever they come from, and not whom they do not mean', async () => {
    await using server = await limited();
    const clerk = await server.signedIn('clerk');
    const admin = await server.signedIn('admin');
    const ask = async (headers: Record<string, string>, remoteAddress: string) =>
      (await server.app.inject({ url: '/api/v1/photos', headers, remoteAddress })).statusCode;
    // The fixture's people are one person in several roles: whoever is not meant takes none of it.
    for (let n = 0; n < 5; n++) expect(await ask(admin, '10.0.0.1')).toBe(200);
    expect(await ask(clerk, '10.0.0.1')).toBe(200);
    expect(await ask(clerk, '10.0.0.2')).toBe(200);
    expect(await ask(clerk, '10.0.0.3')).toBe(429);
  });

  it('do not count those who may not come in at all', async () => {
    await using server = await limited();
    for (let n = 0; n < 5; n++) {
      expect((await server.app.inject('/api/v1/photos')).statusCode).toBe(401);
    }
    const headers = await server.signedIn('clerk');
    expect((await server.app.inject({ url: '/api/v1/photos', headers })).statusCode).toBe(200);
  });
});
