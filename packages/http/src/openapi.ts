import { createHash } from 'node:crypto';
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { docsPage, docsStyle } from './docs-page.ts';
import { OpenApiDocument, usedComponents } from './openapi-document.ts';
import { PUBLIC } from './permissions.ts';
import { Problem } from './problem.ts';

/** How the interface introduces itself. */
export type ApiInfo = {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
};

const PROBLEMS = {
  description: '未能完成，原因见 code / refused, `code` says why',
  content: { 'application/problem+json': { schema: Problem } },
};

function documented(schema: FastifySchema | undefined, route: RouteOptions): FastifySchema {
  const permission = route.config?.permission ?? PUBLIC;
  // The schema of a response is whatever the route's author gave; zod or not is the transform's to see.
  const response = (schema?.response ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...schema,
    response: { ...response, default: PROBLEMS },
    'x-permission': permission,
    ...(permission === PUBLIC ? { security: [] } : {}),
  } as FastifySchema;
}

/** Collects the routes added after this call for the OpenAPI 3.1 document. */
export function describeRoutes(app: FastifyInstance, info: ApiInfo): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: { ...info },
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
      security: [{ bearer: [] }],
    },
    transform: (input) =>
      jsonSchemaTransform({ ...input, schema: documented(input.schema, input.route) }),
    transformObject: jsonSchemaTransformObject,
  });
}

/** The document as JSON-like data, with only the components that are used. */
function documentOf(app: FastifyInstance): Record<string, unknown> {
  const { components, ...rest } = app.swagger() as unknown as OpenApiDocument;
  const used = usedComponents(rest.paths, components.schemas);
  const schemas = Object.fromEntries(
    Object.entries(components.schemas)
      .filter(([name]) => used.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return { ...rest, components: { ...components, schemas } };
}

/** `/openapi.json` and `/docs`, both made when first asked for and then kept. */
export function openapiRoutes(): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { permission: PUBLIC };
    const schema = { hide: true };
    const styleHash = createHash('sha256').update(docsStyle).digest('base64');
    const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`;
    let json: string | undefined;
    let page: string | undefined;
    const document = (): string => {
      json ??= JSON.stringify(documentOf(app));
      return json;
    };
    app.get('/openapi.json', { config, schema }, (_request, reply) => {
      reply.header('content-type', 'application/json; charset=utf-8').send(document());
    });
    app.get('/docs', { config, schema }, (_request, reply) => {
      page ??= docsPage(OpenApiDocument.parse(JSON.parse(document())));
      reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('content-security-policy', policy)
        .send(page);
    });
  };
}
