import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, HERE, type Person, type Product, startProduct } from './product.ts';

let product: Product;
const who = (id: string): Promise<Person> => product.as(id);

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product[Symbol.asyncDispose]());

describe('a repeated request', () => {
  it('is answered the same and has one effect, one after the other or all at once', async () => {
    const seat = await who('chen-seat');
    const key = { 'idempotency-key': randomUUID() };
    const description = `同一请求 ${randomUUID()}`;
    const first = await seat.report({ description }, key);
    const again = await Promise.all(
      Array.from({ length: 20 }, () => seat.report({ description }, key)),
    );
    for (const answer of again) {
      expect([answer.status, answer.body]).toEqual([201, first.body]);
    }
    const all = { 'idempotency-key': randomUUID() };
    const words = `齐发 ${randomUUID()}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => seat.report({ description: words }, all)),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const query = `/incidents?text=${encodeURIComponent(words)}`;
    const found = await eventually(
      async () => (await seat.get(query)).body.items,
      (items) => items.length > 0,
    );
    expect(found).toHaveLength(1);
  });

  it('of a command moves the incident once, also after it has been handed over', async () => {
    const { body } = await (await who('chen-seat')).report();
    const clerk = await who('li-clerk');
    const key = { 'idempotency-key': randomUUID() };
    const file = { categoryCode: 'E01-17', standardId: 'E01-17.1' };
    const path = `/incidents/${body.id}/file`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => clerk.post(path, file, key)),
    );
    for (const answer of answers) expect(answer.body).toEqual(answers[0]?.body);
    expect(answers[0]?.status).toBe(200);
    await (await who('wang-dispatcher')).give(body.id, 'assign', { unitId: 'yp-greening' });
    expect((await clerk.post(path, file, key)).body).toEqual(answers[0]?.body);
    const { body: told } = await clerk.get(`/incidents/${body.id}/history?minVersion=3`);
    const types = told.events.map(({ type }: { type: string }) => type);
    expect(types.filter((type: string) => type.includes('filed'))).toHaveLength(1);
  });

  it('with the key of another request is refused', async () => {
    const seat = await who('chen-seat');
    const key = { 'idempotency-key': randomUUID() };
    await seat.report({}, key);
    const other = await seat.report({ description: '另一件' }, key);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('of somebody else with the same key is another request', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const [a, b] = [
      await (await who('chen-seat')).report({}, key),
      await (await who('li-clerk')).report({}, key),
    ];
    expect(a.body.id).not.toBe(b.body.id);
  });
});

describe('If-Match', () => {
  it('lets one of two who act on the same version through', async () => {
    const { body } = await (await who('chen-seat')).report();
    const clerk = await who('li-clerk');
    const amend = (urgency: string) =>
      clerk.post(
        `/incidents/${body.id}/amend`,
        { urgency, reasonCode: 'wrong-standard' },
        { 'if-match': `"${body.version}"` },
      );
    const note = (text: string) =>
      clerk.post(`/incidents/${body.id}/note`, { text }, { 'if-match': `"${body.version}"` });
    const both = await Promise.all([note('甲'), note('乙')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(both.find(({ status }) => status === 412)?.body.code).toBe('VERSION_STALE');
    expect((await amend('urgent')).status).toBe(412);
    const seen = await clerk.get(`/incidents/${body.id}`);
    expect(seen.headers.get('etag')).toBe(`"${seen.body.version}"`);
    const bad = await clerk.post(
      `/incidents/${body.id}/note`,
      { text: 'x' },
      { 'if-match': 'abc' },
    );
    expect([bad.status, bad.body.code]).toEqual([400, 'IF_MATCH_INVALID']);
  });
});

describe('a batch', () => {
  const batch = async (person: string, lines: readonly unknown[]) => {
    const text = lines.map((l) => (typeof l === 'string' ? l : JSON.stringify(l))).join('\n');
    const answer = await (await who(person)).post('/incidents:batch', text, {
      'content-type': 'application/x-ndjson',
    });
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const report = (more: object = {}) => ({
    key: randomUUID(),
    channel: 'walk-in',
    description: '批量上报',
    location: HERE,
    ...more,
  });

  it('answers every line in order; a bad one hurts nobody', async () => {
    const good = [report(), report()];
    const results = await batch('chen-seat', [
      good[0],
      '{not json',
      '[]',
      'null',
      report({ channel: 'pigeon' }),
      report({ location: {} }),
      '{"channel":"walk-in"}',
      `{"key":"k","__proto__":{"admin":true},"channel":"walk-in"}`,
      report({ as: 'wang-dispatcher' }),
      good[1],
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      201, 400, 400, 400, 400, 400, 400, 400, 403, 201,
    ]);
    expect(results[0].key).toBe(good[0]?.key);
    expect(results[9].key).toBe(good[1]?.key);
    const again = await batch('chen-seat', good);
    expect(again.map(({ result }) => result.id)).toEqual([
      results[0].result.id,
      results[9].result.id,
    ]);
  });

  it('lets an import act for people, with the rights of those people and no more', async () => {
    const [taken] = await batch('jiang-admin', [report({ as: 'chen-seat' })]);
    const id = taken.result.id;
    const line = (command: string, as: unknown, body: object) => ({
      key: randomUUID(),
      id,
      command,
      as,
      body,
    });
    const file = { categoryCode: 'E01-17', standardId: 'E01-17.1' };
    const results = await batch('jiang-admin', [
      report({ as: 'wang-dispatcher' }),
      line('file', 'wang-dispatcher', file),
      line('file', 'he-clerk', file),
      line('file', 'nobody', file),
      line('file', 7, file),
      line('reveal', 'li-clerk', { purpose: '看看' }),
      line('file', 'li-clerk', file),
    ]);
    expect(results.map(({ status }) => status)).toEqual([403, 403, 403, 400, 400, 400, 200]);
    const notAdmin = await batch('li-clerk', [line('note', 'wang-dispatcher', { text: 'x' })]);
    expect(notAdmin[0].problem.code).toBe('ACTING_FOR_OTHERS');
  });
});
