import { describe, expect, it } from 'vitest';
import { handClock, ISSUER, person, serverWith } from '../test/server-fixture.ts';
import {
  createBuiltinIssuer,
  type DemoPerson,
  demoAuthRoutes,
  type IssuedToken,
  memoryKeyStore,
} from './index.ts';

const people: readonly DemoPerson[] = [
  { ...person('clerk'), unit: '区城运中心' },
  { ...person('system'), id: 'p-2', unit: '坏数据' },
];

async function demoServer() {
  const issuer = await createBuiltinIssuer({
    keyStore: memoryKeyStore(),
    clock: handClock(),
    issuer: ISSUER,
    environment: undefined,
  });
  return serverWith(demoAuthRoutes({ people: () => people, issuer }));
}

const signIn = (payload: Record<string, unknown>) => ({
  method: 'POST' as const,
  url: '/api/v1/auth/demo/token',
  payload,
});

describe('sign-in for demonstrations', () => {
  it('lists the people with what a sign-in page shows, and nothing else', async () => {
    await using server = await demoServer();
    const answer = await server.app.inject('/api/v1/auth/demo/people');
    expect(answer.json<unknown[]>()[0]).toEqual({
      id: 'p-1',
      name: '王小明',
      roles: ['clerk'],
      area: '310110',
      unit: '区城运中心',
    });
  });

  it('signs a person in without letting anybody keep the answer', async () => {
    await using server = await demoServer();
    const answer = await server.app.inject(signIn({ person: 'p-1' }));
    const { accessToken, expiresAt } = answer.json<IssuedToken>();
    expect(accessToken).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(expiresAt).toBe('2026-01-31T12:30:00.000Z');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each([
    [{ person: 'p-9' }, 404, 'AUTH_PERSON_UNKNOWN'],
    [{}, 400, 'REQUEST_INVALID'],
    [{ person: ['p-1'] }, 400, 'REQUEST_INVALID'],
    [{ person: 'p-1', roles: ['admin'] }, 400, 'REQUEST_INVALID'],
    [{ person: 'p-2' }, 403, 'AUTH_SYSTEM_ROLE'],
  ])('refuses %j', async (payload, status, code) => {
    await using server = await demoServer();
    const answer = await server.app.inject(signIn(payload));
    expect(answer.json()).toMatchObject({ status, code });
  });
});
