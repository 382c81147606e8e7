import { describe, expect, it } from 'vitest';
import { serverWith } from '../test/server-fixture.ts';
import { sendJson, traceparentOf } from './index.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

const routes = serverWith(async (app) => {
  const config = { permission: 'public' };
  app.get('/trace', { config }, (request) => ({ on: traceparentOf(request) }));
  app.get('/kept', { config }, (_request, reply) => sendJson(reply, '{"kept": true}'));
});

async function passedOn(traceparent?: string): Promise<string> {
  const { app } = await routes;
  const headers = traceparent === undefined ? {} : { traceparent };
  return (await app.inject({ url: '/api/v1/trace', headers })).json<{ on: string }>().on;
}

describe('traces', () => {
  it('go on with the same trace, the same flags and a span of their own', async () => {
    const on = await passedOn(`00-${TRACE}-${SPAN}-01`);
    expect(on).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(on).not.toContain(SPAN);
  });

  it.each([
    undefined,
    'junk',
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
  ])('begin anew without a usable parent: %s', async (parent) => {
    const on = await passedOn(parent);
    expect(on).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(on).not.toContain(TRACE);
    expect(await passedOn(parent)).not.toBe(on);
  });
});

describe('answers encoded before', () => {
  it('are sent as they are', async () => {
    const { app } = await routes;
    const answer = await app.inject('/api/v1/kept');
    expect(answer.body).toBe('{"kept": true}');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });
});
