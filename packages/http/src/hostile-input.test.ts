import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { serverWith } from '../test/server-fixture.ts';

const Place = z.strictObject({ lon: z.number(), lat: z.number(), crs: z.enum(['WGS84', 'GCJ02']) });
const Body = z.strictObject({
  channel: z.enum(['grid-worker', 'sensor']),
  description: z.string().min(1).max(50),
  location: Place.optional(),
  attachments: z.array(z.uuid()).max(3).optional(),
  occurredAt: z.iso.datetime({ offset: true }).optional(),
});

const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', "'; drop table incidents; --", '<script>', '\u0000'),
);
const nearlyBody = fc.record(
  {
    channel: fc.oneof(fc.constant('sensor'), hostileText),
    description: fc.oneof(fc.constant('路灯不亮'), hostileText, fc.jsonValue()),
    location: fc.jsonValue(),
    attachments: fc.jsonValue(),
    occurredAt: hostileText,
  },
  { requiredKeys: [] },
);
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  nearlyBody.map((body) => Buffer.from(JSON.stringify(body))),
);

describe('hostile input', () => {
  it('is answered, refused with a problem document where it is wrong, and breaks nothing', async () => {
    await using server = await serverWith(async (app) => {
      const schema = { body: Body, params: z.object({ id: z.string().max(20) }) };
      app.post('/x/:id', { config: { permission: 'public' }, schema }, (request) => request.body);
    });
    const check = fc.asyncProperty(payload, fc.webPath(), async (bytes, path) => {
      const url = `/api/v1/x/${path.replaceAll('/', '')}`;
      const headers = { 'content-type': 'application/json' };
      const answer = await server.app.inject({ method: 'POST', url, headers, payload: bytes });
      expect(answer.statusCode).toBeLessThan(500);
      if (answer.statusCode === 200) expect(Body.parse(answer.json())).toEqual(answer.json());
      else expect(answer.headers['content-type']).toContain('application/problem+json');
    });
    await fc.assert(check, { numRuns: 500 });
    expect(server.logLines).toEqual([]);
  });
});
