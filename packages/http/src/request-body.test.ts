import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { serverWith } from '../test/server-fixture.ts';
import type { Problem } from './index.ts';

const Body = z.strictObject({
  text: z.string().max(10),
  place: z.strictObject({ lon: z.number().max(180) }).optional(),
});

const routes = serverWith(async (app) => {
  const config = { permission: 'public' };
  app.post('/strict', { config, schema: { body: Body } }, (request) => request.body);
  app.post('/any', { config }, (request) => request.body);
  app.get(
    '/find/:id',
    {
      config,
      schema: {
        params: z.object({ id: z.string() }),
        querystring: z.object({ n: z.coerce.number() }),
      },
    },
    (request) => ({ ...request.params, ...request.query }),
  );
});

async function post(path: string, payload: string | Buffer, type = 'application/json') {
  const { app } = await routes;
  const url = `/api/v1${path}`;
  return app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload });
}

describe('request bodies', () => {
  it('hands the parsed value on', async () => {
    const answer = await post('/strict', '{"text":"路灯","place":{"lon":121.5}}');
    expect(answer.json()).toEqual({ text: '路灯', place: { lon: 121.5 } });
  });

  it('lists every mistake with its path and how to mend it', async () => {
    const answer = await post('/strict', '{"text":"12345678901","place":{"lon":999},"extra":1}');
    expect(answer.json()).toMatchObject({
      status: 400,
      code: 'REQUEST_INVALID',
      issues: [
        { path: 'body.text', message: '长度不超过 10 个字 / at most 10 characters' },
        { path: 'body.place.lon', message: '数值不超过 180 / at most 180' },
        { path: 'body', message: '多余的字段，请去掉 / remove unknown fields: extra' },
      ],
    });
    const missing = await post('/strict', '{}');
    expect(missing.json<Problem>().issues).toEqual([
      { path: 'body.text', message: '必填 / required' },
    ]);
  });

  it('does not repeat what was sent', async () => {
    const answer = await post('/strict', '{"text":13812345678}');
    expect(answer.statusCode).toBe(400);
    expect(answer.body).not.toContain('13812345678');
  });

  it('names at most twenty mistakes', async () => {
    await using server = await serverWith(async (app) => {
      const schema = { body: z.array(z.string()) };
      app.post('/x', { config: { permission: 'public' }, schema }, () => 'never');
    });
    const payload = Array.from({ length: 1_000 }, () => 1);
    const answer = await server.app.inject({ method: 'POST', url: '/api/v1/x', payload });
    expect(answer.json<Problem>().issues).toHaveLength(20);
  });

  it.each([
    ['{"__proto__":{"admin":true}}'],
    ['{"a":{"\\u005f_proto__":{"admin":true}}}'],
    ['{"constructor":{"prototype":{"admin":true}}}'],
    ['{'],
    [''],
    ['{"a":1}trailing'],
  ])('refuses poisoned or malformed JSON: %s', async (payload) => {
    const answer = await post('/any', payload);
    expect(answer.json()).toMatchObject({ status: 400, code: 'REQUEST_JSON_INVALID' });
  });

  it.each([
    ['a NUL', '{"a":["x\\u0000y"]}'],
    ['a NUL in a key', '{"x\\u0000y":1}'],
    ['half a surrogate pair', '{"a":"\\ud83d"}'],
    ['the other half', '{"a":{"b":"\\ude00"}}'],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]),
    ],
  ])('refuses text that cannot be stored: %s', async (_what, payload) => {
    const answer = await post('/any', payload);
    expect(answer.json()).toMatchObject({ status: 400, code: 'REQUEST_TEXT_INVALID' });
  });

  it('takes escapes that are fine', async () => {
    const answer = await post('/any', '{"a":"\\u8def\\ud83d\\ude00 \\\\u0000"}');
    expect(answer.json()).toEqual({ a: '路😀 \\u0000' });
  });

  it('refuses escapes nested deeper than anybody needs, without running out of stack', async () => {
    const answer = await post('/any', `${'['.repeat(100_000)}"\\u0041"${']'.repeat(100_000)}`);
    expect(answer.json()).toMatchObject({ status: 400, code: 'REQUEST_JSON_INVALID' });
  });

  it('refuses more than a mebibyte, and other media types', async () => {
    const large = await post('/any', `"${'x'.repeat(1_048_576)}"`);
    expect(large.json()).toMatchObject({ status: 413, code: 'REQUEST_TOO_LARGE' });
    const xml = await post('/any', '<a/>', 'application/xml');
    expect(xml.json()).toMatchObject({ status: 415, code: 'REQUEST_MEDIA_TYPE' });
  });

  it('says where in the address the mistake is, and refuses a NUL there', async () => {
    const { app } = await routes;
    const wrong = await app.inject('/api/v1/find/a?n=x');
    expect(wrong.json<Problem>().issues?.[0]?.path).toBe('query.n');
    for (const url of ['/api/v1/find/a%00b?n=1', '/api/v1/find/a?n=1&q=%00']) {
      expect((await app.inject(url)).json<Problem>().code).toBe('REQUEST_TEXT_INVALID');
    }
  });
});
