import { Unavailable } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { serverWith } from '../test/server-fixture.ts';
import type { Problem } from './index.ts';

const none = async () => undefined;

describe('health', () => {
  it('is alive whatever its checks say', async () => {
    let asked = 0;
    await using server = await serverWith(none, {
      ready: [
        {
          name: 'database',
          check: () => {
            asked += 1;
            throw new Error('down');
          },
        },
      ],
    });
    expect((await server.app.inject('/live')).json()).toEqual({ status: 'live' });
    expect(asked).toBe(0);
  });

  it('is ready when every check passes', async () => {
    await using server = await serverWith(none, {
      ready: [{ name: 'database', check: async () => undefined }],
    });
    const answer = await server.app.inject('/ready');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ checks: [{ name: 'database', ok: true }] });
  });

  it('says that it is degraded, and is ready all the same', async () => {
    await using server = await serverWith(none, {
      ready: [
        { name: 'database', check: () => undefined },
        { name: 'timers', check: () => 'degraded' },
      ],
    });
    const answer = await server.app.inject('/ready');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      status: 'degraded',
      checks: [
        { name: 'database', ok: true },
        { name: 'timers', ok: true, degraded: true },
      ],
    });
  });

  it('names each check that failed or did not answer in time, without its words', async () => {
    await using server = await serverWith(none, {
      ready: [
        { name: 'log', check: () => undefined },
        { name: 'database', check: () => Promise.reject(new Error('user cityloop at 10.0.0.1')) },
        { name: 'clock', check: () => Promise.reject(new Unavailable('CLOCK_APART', 'x')) },
        { name: 'issuer', check: () => new Promise(() => undefined), withinMs: 5 },
      ],
    });
    const answer = await server.app.inject('/ready');
    expect(answer.json()).toMatchObject({
      status: 503,
      code: 'NOT_READY',
      checks: [
        { name: 'log', ok: true },
        { name: 'database', ok: false, reason: 'failed' },
        { name: 'clock', ok: false, reason: 'CLOCK_APART' },
        { name: 'issuer', ok: false, reason: 'no answer in 5 ms' },
      ],
    });
    expect(answer.json<Problem>().detail).toContain('database, clock, issuer');
    expect(answer.body).not.toContain('10.0.0.1');
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('shows its checks among the figures', async () => {
    await using server = await serverWith(none, {
      ready: [
        { name: 'database', check: () => undefined },
        { name: 'timers', check: () => 'degraded' },
        { name: 'log', check: () => Promise.reject(new Error('away')) },
      ],
    });
    const { body } = await server.app.inject('/metrics');
    expect(body).toContain('cityloop_ready{check="database"} 1');
    expect(body).toContain('cityloop_ready{check="timers"} 0.5');
    expect(body).toContain('cityloop_ready{check="log"} 0');
  });

  it('counts requests by route pattern and status, never by id', async () => {
    await using server = await serverWith(async (app) => {
      app.get('/things/:id', { config: { permission: 'public' } }, () => ({}));
      app.get('/closed', { config: { permission: 'file' } }, () => ({}));
    });
    await server.app.inject('/api/v1/things/4711?q=4712');
    await server.app.inject('/api/v1/things/4713');
    await server.app.inject('/api/v1/closed');
    await server.app.inject('/api/v1/4711.php');
    const { body, headers } = await server.app.inject('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    const count = 'cityloop_http_request_duration_seconds_count';
    expect(body).toContain(`${count}{method="GET",route="/api/v1/things/:id",status="200"} 2`);
    expect(body).toContain(`${count}{method="GET",route="/api/v1/closed",status="401"} 1`);
    expect(body).toContain('cityloop_http_unmatched_requests_total 1');
    expect(body).not.toMatch(/471\d/);
  });
});
