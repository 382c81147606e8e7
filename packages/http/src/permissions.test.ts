import { describe, expect, it } from 'vitest';
import { serverWith } from '../test/server-fixture.ts';
import { type Problem, subjectOf } from './index.ts';

const open = { config: { permission: 'public' } };
const filing = { config: { permission: 'file' } };

describe('permissions', () => {
  it('fails at start when a route declares no permission, and names the route', async () => {
    await using server = await serverWith(async (app) => {
      app.get('/bare', () => 'x');
    });
    await expect(server.app.ready()).rejects.toThrow('GET /api/v1/bare declares no');
  });

  it('fails at start when the permission is in no table, also for names every object has', async () => {
    for (const permission of ['fil', 'constructor']) {
      await using server = await serverWith(async (app) => {
        app.get('/x', { config: { permission } }, () => 'x');
      });
      await expect(server.app.ready()).rejects.toThrow(`unknown permission ${permission}`);
    }
  });

  it('asks nobody on a public route, and a public route has no subject', async () => {
    await using server = await serverWith(async (app) => {
      app.get('/open', open, () => ({ fine: true }));
      app.get('/curious', open, (request) => subjectOf(request));
    });
    expect((await server.app.inject('/api/v1/open')).json()).toEqual({ fine: true });
    expect((await server.app.inject('/api/v1/curious')).statusCode).toBe(500);
  });

  it('lets exactly the roles of the table through and hands on who they are', async () => {
    await using server = await serverWith(async (app) => {
      app.get('/x', filing, (request) => subjectOf(request));
      app.get('/none', { config: { permission: 'nobody' } }, () => 'never');
    });
    const status = async (...roles: Parameters<typeof server.signedIn>) =>
      (await server.app.inject({ url: '/api/v1/x', headers: await server.signedIn(...roles) }))
        .statusCode;
    expect(await status('clerk')).toBe(200);
    expect(await status('verifier', 'shift-supervisor')).toBe(200);
    expect(await status('dispatcher')).toBe(403);
    expect(await status()).toBe(403);
    const headers = await server.signedIn('clerk');
    const answer = await server.app.inject({ url: '/api/v1/x', headers });
    expect(answer.json()).toMatchObject({ id: 'p-1', name: '王小明', area: '310110' });
    const none = await server.app.inject({ url: '/api/v1/none', headers });
    expect(none.json()).toMatchObject({ status: 403, code: 'PERMISSION_MISSING' });
  });

  it.each(['Basic cDpw', 'Bearer', 'Bearer a.b', 'Bearer a.b.c d', 'bearer ..', 'Bearer x.y.z'])(
    'accepts no other credentials: %s',
    async (authorization) => {
      await using server = await serverWith(async (app) => {
        app.get('/x', filing, () => 'never');
      });
      const answer = await server.app.inject({ url: '/api/v1/x', headers: { authorization } });
      expect(answer.json()).toMatchObject({ status: 401, code: 'AUTH_TOKEN_INVALID' });
    },
  );

  it('turns strangers away before it reads their body', async () => {
    await using server = await serverWith(async (app) => {
      app.post('/x', filing, () => 'never');
    });
    const answer = await server.app.inject({
      method: 'POST',
      url: '/api/v1/x',
      headers: { 'content-type': 'application/json' },
      payload: '{broken',
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(answer.json<Problem>().code).toBe('AUTH_REQUIRED');
  });

  it('guards the HEAD twin of a GET route too', async () => {
    await using server = await serverWith(async (app) => {
      app.get('/x', filing, () => 'x');
    });
    const answer = await server.app.inject({ method: 'HEAD', url: '/api/v1/x' });
    expect(answer.statusCode).toBe(401);
  });
});
