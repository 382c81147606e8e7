import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { serverWith } from '../test/server-fixture.ts';
import { OpenApiDocument } from './openapi-document.ts';

const Place = z
  .object({ name: z.string().meta({ description: '<b>名称</b>' }) })
  .meta({ id: 'DocPlace' });
const Answer = z.object({ id: z.uuid(), place: Place }).meta({ id: 'DocAnswer' });
z.object({ unused: z.string() }).meta({ id: 'DocUnused' });

const routes = serverWith(async (app) => {
  app.post(
    '/things/:id/move',
    {
      config: { permission: 'file' },
      schema: {
        tags: ['案件'],
        summary: '移动 & 核对',
        params: z.object({ id: z.uuid() }),
        body: z.strictObject({
          at: z.iso.datetime({ offset: true }),
          kind: z.enum(['near', 'far']),
          note: z.string().max(200).optional(),
        }),
        response: { 200: Answer },
      },
    },
    () => ({ id: 'x', place: { name: 'x' } }),
  );
  app.post('/things::batch', { config: { permission: 'file' } }, () => 'x');
});

async function get(url: string) {
  const { app } = await routes;
  return app.inject(url);
}

describe('the OpenAPI document', () => {
  it('has the shape of OpenAPI 3.1 and every reference in it leads somewhere', async () => {
    const answer = await get('/openapi.json');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.json<{ openapi: string }>().openapi).toMatch(/^3\.1\.\d$/);
    const document = OpenApiDocument.parse(answer.json());
    const names = Object.keys(document.components.schemas);
    const refs = [...answer.body.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]);
    expect(refs.length).toBeGreaterThan(0);
    for (const ref of refs) expect(names).toContain(ref?.replace('#/components/schemas/', ''));
    expect(names).toContain('DocPlace');
    expect(names).not.toContain('DocUnused');
  });

  it('describes each operation: permission, parameters, body, answer and refusals', async () => {
    const { paths } = (await get('/openapi.json')).json<OpenApiDocument>();
    const move = paths['/api/v1/things/{id}/move']?.post;
    expect(move).toMatchObject({
      summary: '移动 & 核对',
      'x-permission': 'file',
      parameters: [{ name: 'id', in: 'path', required: true }],
      requestBody: {
        content: { 'application/json': { schema: { required: ['at', 'kind'] } } },
      },
      responses: {
        200: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/DocAnswer' } } },
        },
        default: {
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      },
    });
    expect(move).not.toHaveProperty('security');
    expect(paths['/live']?.get).toMatchObject({ security: [] });
    expect(paths['/api/v1/things:batch']?.post).toBeDefined();
  });
});

describe('the readable page', () => {
  it('needs nothing from elsewhere and runs nothing', async () => {
    const { body } = await get('/docs');
    expect(body).not.toMatch(/(?:src|href|action)\s*=\s*["']?(?:https?:)?\/\//i);
    expect(body).not.toMatch(/<script|<link|<iframe|@import|url\(|\son\w+=|\sstyle=/i);
  });

  it('has a policy that allows its own style and nothing else', async () => {
    const { body, headers } = await get('/docs');
    const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'`,
    );
  });

  it('shows each operation under its tag with an example to copy', async () => {
    const { body } = await get('/docs');
    expect(body).toContain('>案件</h2>');
    expect(body).toContain('移动 &amp; 核对');
    expect(body).toContain('curl -X POST &quot;$BASE/api/v1/things/$id/move&quot;');
    expect(body).toContain('note?: string (≤ 200 字)');
    expect(body).toContain('&quot;kind&quot;:&quot;near&quot;');
  });

  it('shows text as text', async () => {
    const { body } = await get('/docs');
    expect(body).toContain('&lt;b&gt;名称&lt;/b&gt;');
    expect(body).not.toContain('<b>名称</b>');
  });
});
