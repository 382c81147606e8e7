import {
  Forbidden,
  InvalidInput,
  KeyReused,
  NotFound,
  RuleViolation,
  StaleVersion,
  Unauthenticated,
  Unavailable,
} from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { serverWith } from '../test/server-fixture.ts';
import { Problem } from './index.ts';

const open = { config: { permission: 'public' } };

async function answerTo(error: unknown, url = '/api/v1/x') {
  const server = await serverWith(async (app) => {
    app.get('/x', open, () => {
      throw error;
    });
  });
  const answer = await server.app.inject(url);
  await server.app.close();
  return { answer, logLines: server.logLines };
}

describe('errors', () => {
  it.each([
    [new InvalidInput('A_B', 'no'), 400],
    [new Unauthenticated('A_B', 'no'), 401],
    [new Forbidden('A_B', 'no'), 403],
    [new NotFound('A_B', 'no'), 404],
    [new RuleViolation('A_B', 'no'), 409],
    [new StaleVersion('A_B', 'no'), 412],
    [new KeyReused('A_B', 'no'), 422],
    [new Unavailable('A_B', 'no'), 503],
  ])('answers %s with its own status as a problem document', async (error, status) => {
    const { answer } = await answerTo(error, '/api/v1/x?phone=13812345678');
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(Problem.parse(answer.json())).toMatchObject({
      type: 'urn:cityloop:problem:A_B',
      status,
      code: 'A_B',
      detail: 'no',
      instance: '/api/v1/x',
    });
  });

  it('adds the details of the error, which cannot replace the standard members', async () => {
    const error = new RuleViolation('A_B', 'no', { custodian: 'handling', status: 200, code: 'X' });
    const { answer } = await answerTo(error);
    expect(answer.json()).toMatchObject({ custodian: 'handling', status: 409, code: 'A_B' });
  });

  it('says when to come back: as the error says, or after a second when unavailable', async () => {
    const plain = await answerTo(new Unavailable('A_B', 'no'));
    expect(plain.answer.headers['retry-after']).toBe('1');
    const told = await answerTo(new RuleViolation('IN_TRANSIT', 'no', { retryAfter: 2.5 }));
    expect(told.answer.headers['retry-after']).toBe('3');
    const none = await answerTo(new RuleViolation('A_B', 'no'));
    expect(none.answer.headers['retry-after']).toBeUndefined();
  });

  it.each([
    [new Error('password=hunter2')],
    ['a string'],
    [Object.assign(new Error('hunter2'), { statusCode: 503 })],
    [Object.assign(new Error('hunter2'), { statusCode: 'x' })],
  ])('tells nothing of what nobody foresaw, and logs it once (%s)', async (error) => {
    const { answer, logLines } = await answerTo(error);
    expect(answer.json()).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(answer.body).not.toContain('hunter2');
    expect(logLines).toHaveLength(1);
    expect(logLines[0]).toContain(answer.json<Problem>().traceId);
    expect(logLines[0]).toContain('"route":"/api/v1/x"');
  });

  it('does not repeat the words of a library even when it sets a status', async () => {
    const { answer } = await answerTo(Object.assign(new Error('hunter2'), { statusCode: 418 }));
    expect(answer.statusCode).toBe(418);
    expect(answer.json<Problem>().code).toBe('REQUEST_REFUSED');
    expect(answer.body).not.toContain('hunter2');
  });

  it('does not log a refusal at info', async () => {
    const { logLines } = await answerTo(new RuleViolation('A_B', 'no'));
    expect(logLines).toEqual([]);
  });

  it('answers an unknown address and a broken one, with the security headers', async () => {
    await using server = await serverWith(async () => undefined);
    const unknown = await server.app.inject('/nothing/here');
    expect(unknown.json()).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
    const broken = await server.app.inject('/%zz');
    expect(broken.json()).toMatchObject({ status: 400, code: 'REQUEST_URL_INVALID' });
    for (const { headers } of [unknown, broken, await server.app.inject('/live')]) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
      });
    }
  });
});
