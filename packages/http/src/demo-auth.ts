import { Role, type Subject } from '@cityloop/contracts';
import { NotFound } from '@cityloop/kernel';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { BuiltinIssuer } from './builtin-issuer.ts';
import { perAddress } from './limits.ts';
import { PUBLIC } from './permissions.ts';

/** Somebody who can be signed in without a password; `unit` is what the sign-in page shows. */
export type DemoPerson = Subject & { readonly unit: string };

/** Sign-ins a minute from one address: a whole centre behind it may come to work at once. */
const SIGN_INS = 120;

const PersonRow = z.object({
  id: z.string(),
  name: z.string(),
  roles: z.array(Role),
  area: z.string(),
  unit: z.string(),
});

/**
 * Sign-in for demonstrations: `GET /auth/demo/people` and `POST /auth/demo/token`. Register it only
 * with a built-in issuer, which there is none of in production.
 */
export function demoAuthRoutes(deps: {
  readonly people: () => readonly DemoPerson[];
  readonly issuer: BuiltinIssuer;
}): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { permission: PUBLIC };
    const tags = ['auth'];
    app.get(
      '/auth/demo/people',
      {
        config,
        schema: { tags, summary: '可登录的演示人员', response: { 200: z.array(PersonRow) } },
      },
      () =>
        deps.people().map(({ id, name, roles, area, unit }) => ({ id, name, roles, area, unit })),
    );
    app.post(
      '/auth/demo/token',
      {
        config: { ...config, rateLimit: perAddress(SIGN_INS) },
        schema: {
          tags,
          summary: '以演示人员身份登录',
          body: z.strictObject({ person: z.string().min(1).max(64) }),
          response: { 200: z.object({ accessToken: z.string(), expiresAt: z.string() }) },
        },
      },
      async (request, reply) => {
        const person = deps.people().find(({ id }) => id === request.body.person);
        if (person === undefined) {
          throw new NotFound(
            'AUTH_PERSON_UNKNOWN',
            '没有这位演示人员 / no such person, see GET /auth/demo/people',
          );
        }
        const { unit: _unit, ...subject } = person;
        reply.header('cache-control', 'no-store');
        return deps.issuer.personToken(subject);
      },
    );
  };
}
