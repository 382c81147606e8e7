import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, type SmallGateway, smallGateway } from './session-world.ts';

let database: TestDatabase;
let gateway: SmallGateway;
let other: SmallGateway;

beforeAll(async () => {
  database = await createTestDatabase();
  gateway = await smallGateway(database.url, {});
  other = await smallGateway(database.url, {});
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const at = (path: string) => `${gateway.url}${path}`;

async function signedIn(): Promise<Browser> {
  const browser = new Browser();
  const response = await browser.post(at('/auth/demo/session'), { person: 'he-clerk' });
  expect(response.status).toBe(200);
  return browser;
}
const codeOf = async (response: Response): Promise<unknown> => {
  const { code } = (await response.json()) as { code?: unknown };
  return [response.status, code];
};

describe('a session', () => {
  it('lives in a cookie no script and no other site can use, and nowhere else', async () => {
    const browser = new Browser();
    const response = await browser.post(at('/auth/demo/session'), { person: 'he-clerk' });
    const text = await response.text();
    const token = browser.cookie('cityloop') ?? '';
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(text).not.toContain(token);
    expect(JSON.parse(text)).toMatchObject({ person: { id: 'he-clerk', roles: ['clerk'] } });
    const [line = ''] = browser.set;
    for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/', 'Expires=']) {
      expect(line).toContain(part);
    }
    const rows = await gateway.db.query({ text: 'select id::text from console.session' });
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(await (await browser.go(at('/mine'))).json()).toEqual({ id: 'he-clerk' });
    expect(await (await browser.go(at('/auth/session'))).json()).toMatchObject({
      person: { id: 'he-clerk' },
    });
  });

  it('changes nothing for a page of another site', async () => {
    const browser = await signedIn();
    const plain = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect(await codeOf(await browser.go(at('/mine'), plain))).toEqual([403, 'CROSS_SITE']);
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect(await codeOf(await browser.post(at('/mine'), {}, foreign))).toEqual([403, 'CROSS_SITE']);
    const sibling = { 'sec-fetch-site': 'same-site' };
    expect(await codeOf(await browser.post(at('/mine'), {}, sibling))).toEqual([403, 'CROSS_SITE']);
    expect(await codeOf(await browser.go(at('/auth/session/end'), plain))).toEqual([
      403,
      'CROSS_SITE',
    ]);
    const ours = { 'sec-fetch-site': 'same-origin' };
    expect((await browser.post(at('/mine'), {}, ours)).status).toBe(200);
  });

  it('ends for every tab and at every gateway', async () => {
    const browser = await signedIn();
    const tab = new Browser();
    tab.take('cityloop', browser.cookie('cityloop') ?? '');
    const there = () => tab.go(`${other.url}/mine`);
    expect((await there()).status).toBe(200);
    expect(await (await browser.post(at('/auth/session/end'))).json()).toEqual({});
    expect(browser.cookie('cityloop')).toBeUndefined();
    expect((await tab.go(at('/mine'))).status).toBe(401);
    await expect
      .poll(async () => codeOf(await there()), { timeout: 8_000 })
      .toEqual([401, 'SESSION_ENDED']);
  });

  it('ends when nobody has used it for two hours, and after twelve in any case', async () => {
    for (const past of [
      "seen_at = now() - interval '121 minutes'",
      "ends_at = now() - interval '1 second'",
    ]) {
      const browser = await signedIn();
      await gateway.db.query({ text: `update console.session set ${past} where ended_at is null` });
      expect(await codeOf(await browser.go(`${other.url}/mine`)), past).toEqual([
        401,
        'SESSION_ENDED',
      ]);
    }
  });

  it('goes on while it is used, though it began long ago', async () => {
    const browser = await signedIn();
    const seen = async () =>
      gateway.db.query<{ n: number }>({
        text: `select count(*)::int as n from console.session
               where ended_at is null and seen_at > now() - interval '1 minute'`,
      });
    await gateway.db.query({
      text: "update console.session set seen_at = now() - interval '100 minutes'",
    });
    expect((await browser.go(at('/mine'))).status).toBe(200);
    await expect.poll(async () => (await seen())[0]?.n, { timeout: 8_000 }).toBe(1);
  });

  it('is nobody’s for a secret that was made up', async () => {
    const browser = new Browser();
    for (const token of ['x', 'A'.repeat(43), "' or 1=1 --", '%00']) {
      browser.take('cityloop', token);
      expect((await browser.go(at('/mine'))).status, token).toBe(401);
    }
    expect((await browser.go(at('/auth/session'))).status).toBe(401);
  });

  it('of somebody who signs in again as another is over', async () => {
    const browser = await signedIn();
    const before = browser.cookie('cityloop') ?? '';
    await browser.post(at('/auth/demo/session'), { person: 'he-clerk' });
    const old = new Browser();
    old.take('cityloop', before);
    expect((await old.go(at('/mine'))).status).toBe(401);
    const unknown = await browser.post(at('/auth/demo/session'), { person: 'nobody' });
    expect(await codeOf(unknown)).toEqual([404, 'AUTH_PERSON_UNKNOWN']);
  });
});
