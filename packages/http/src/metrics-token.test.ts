import type { Subject } from '@cityloop/contracts';
import { Unauthenticated } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { serverWith } from '../test/server-fixture.ts';
import { orMetricsToken } from './index.ts';

const TOKEN = 'scrape-me-0123456789';
const clerk: Subject = { id: 'p-1', name: '王小明', roles: ['clerk'], area: '310110' };

/** A door to strangers: whoever sends `as: clerk` is a clerk, all others are nobody. */
const closed = () =>
  serverWith(
    async (app) => {
      app.get('/secret', { config: { permission: 'all' } }, () => ({}));
    },
    {
      metricsPermission: 'metrics',
      permissions: { metrics: ['auditor', 'admin'], all: ['auditor', 'clerk'] },
      authenticate: orMetricsToken((request) => {
        if (request.headers.as === 'clerk') return clerk;
        throw new Unauthenticated('AUTH_REQUIRED', 'x');
      }, TOKEN),
    },
  );

describe('figures behind an open door', () => {
  it('are shown to who brings the token, which opens nothing else', async () => {
    await using server = await closed();
    const ask = async (url: string, headers: Record<string, string>) =>
      (await server.app.inject({ url, headers })).statusCode;
    expect(await ask('/metrics', {})).toBe(401);
    expect(await ask('/metrics', { authorization: `Bearer ${TOKEN}x` })).toBe(401);
    expect(await ask('/metrics', { as: 'clerk' })).toBe(403);
    expect(await ask('/metrics', { authorization: `Bearer ${TOKEN}` })).toBe(200);
    expect(await ask('/api/v1/secret', { authorization: `Bearer ${TOKEN}` })).toBe(401);
    expect(await ask('/api/v1/secret', { as: 'clerk' })).toBe(200);
  });

  it('make a server without a word about their readers refuse to start', async () => {
    await using server = await serverWith(async () => undefined, { metricsPermission: 'metrics' });
    await expect(server.app.ready()).rejects.toThrow('unknown permission metrics');
  });
});
