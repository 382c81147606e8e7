import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { freePorts } from '@cityloop/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Next, type TestIssuer, testIssuer } from './issuer-world.ts';
import { Browser, type SmallGateway, smallGateway } from './session-world.ts';

const CLAIMS = {
  sub: 'he-clerk',
  name: '何（演示）',
  cityloop: { roles: ['clerk'], area: '310110' },
};
const next: Next = { claims: CLAIMS };
let database: TestDatabase;
let issuer: TestIssuer;
let gateway: SmallGateway;

beforeAll(async () => {
  database = await createTestDatabase();
  const [port = 0] = await freePorts(1);
  const publicUrl = `http://127.0.0.1:${port}`;
  issuer = await testIssuer(next, `${publicUrl}/auth/callback`);
  gateway = await smallGateway(database.url, { issuer: { url: issuer.url, publicUrl }, port });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const at = (path: string) => new URL(path, gateway.url).href;

/** Follows where it is sent until it is back at the gateway; answers the way back, not followed. */
async function atTheIssuer(browser: Browser, from: string): Promise<string> {
  let url = from;
  for (let steps = 0; steps < 10; steps++) {
    const response = await browser.go(url);
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${url} answered ${response.status}`);
    url = new URL(location, url).href;
    if (url.startsWith(at('/auth/callback'))) return url;
  }
  throw new Error('never came back');
}

async function codeOf(response: Response): Promise<unknown> {
  const { code } = (await response.json()) as { code?: unknown };
  return [response.status, code];
}

describe('signing in at an issuer', () => {
  it('opens a session and leads back to the page somebody wanted', async () => {
    next.claims = CLAIMS;
    const browser = new Browser();
    const back = await atTheIssuer(browser, at('/auth/login?returnTo=/desk%3Fqueue=to-dispatch'));
    const response = await browser.go(back);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/desk?queue=to-dispatch');
    expect(await (await browser.go(at('/mine'))).json()).toEqual({ id: 'he-clerk' });
    // The way back leads nowhere a second time.
    expect(await codeOf(await browser.go(back))).toEqual([401, 'SIGN_IN_UNKNOWN']);
    const out = (await (await browser.post(at('/auth/session/end'))).json()) as object;
    expect(out).toMatchObject({ signOutUrl: expect.stringContaining(`${issuer.url}/session/end`) });
    expect((await browser.go(at('/mine'))).status).toBe(401);
  });

  it('counts at the browser it was begun at alone', async () => {
    next.claims = CLAIMS;
    const [mine, victim] = [new Browser(), new Browser()];
    const back = await atTheIssuer(mine, at('/auth/login'));
    expect(await codeOf(await victim.go(back))).toEqual([401, 'SIGN_IN_UNKNOWN']);
    expect(victim.cookie('cityloop')).toBeUndefined();
  });

  it('takes no answer that was changed, or that the issuer refused', async () => {
    next.claims = CLAIMS;
    const browser = new Browser();
    const back = new URL(await atTheIssuer(browser, at('/auth/login')));
    back.searchParams.set('code', 'made-up');
    expect(await codeOf(await browser.go(back.href))).toEqual([401, 'SIGN_IN_FAILED']);
    next.claims = undefined;
    const refused = await atTheIssuer(new Browser(), at('/auth/login')).catch(String);
    expect(refused).toContain('/auth/callback?error=access_denied');
  });

  it('lets nobody in whose token says no roles', async () => {
    next.claims = { sub: 'stranger', name: '无岗位' };
    const browser = new Browser();
    const back = await atTheIssuer(browser, at('/auth/login'));
    expect(await codeOf(await browser.go(back))).toEqual([401, 'AUTH_CLAIMS']);
  });
});
