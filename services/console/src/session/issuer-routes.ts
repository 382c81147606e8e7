import { PUBLIC, perAddress, type Routes, subjectFromClaims } from '@cityloop/http';
import { CityLoopError, Unauthenticated } from '@cityloop/kernel';
import type { Database } from '@cityloop/postgres';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cookieOf, sessionTokenOf } from './authenticate.ts';
import type { Cookies } from './cookie.ts';
import type { Issuer } from './issuer.ts';
import { carrying } from './session-routes.ts';
import type { Sessions } from './sessions.ts';
import { keepSignIn, type SignIn, takeSignIn } from './sign-ins.ts';

/** Beginnings of a sign-in a minute from one address. */
const BEGINNINGS = 120;
const SIGN_IN_MS = 10 * 60_000;

/**
 * Where a person may be sent after signing in: a page of ours, or the first one. What another site or a script
 * could be reached by (`//host`, `/\host`, control characters) is none.
 */
export function pageOfOurs(wanted: string | undefined): string {
  if (wanted === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted)) return '/';
  return wanted;
}

export type IssuerRoutesOptions = {
  readonly db: () => Database;
  readonly sessions: Sessions;
  readonly cookies: Cookies;
  readonly issuer: Issuer;
};

/** `/auth/login` and `/auth/callback`: sign-in at the issuer, by the code flow. */
export function issuerRoutes({ db, sessions, cookies, issuer }: IssuerRoutesOptions): Routes {
  const { names, options } = cookies;
  const tags = ['登录 auth'];

  /** The sign-in this very browser began; anybody else's answer is not taken (login CSRF). */
  async function begun(request: FastifyRequest, state: string): Promise<SignIn> {
    const here = cookieOf(request, names.signIn);
    const signIn = here === state ? await takeSignIn(db(), state) : undefined;
    if (signIn !== undefined) return signIn;
    throw new Unauthenticated(
      'SIGN_IN_UNKNOWN',
      '登录未完成或已过期，请重新登录 / no such sign-in at this browser, begin again at /auth/login',
    );
  }

  return async (app) => {
    app.get(
      '/auth/login',
      {
        config: { permission: PUBLIC, rateLimit: perAddress(BEGINNINGS) },
        schema: {
          tags,
          summary: '到统一认证平台登录 / sign in at the identity provider',
          querystring: z.strictObject({ returnTo: z.string().max(2_000).optional() }),
          response: { 303: z.null() },
        },
      },
      async (request, reply) => {
        const { url, ...started } = await issuer.start();
        await keepSignIn(db(), { ...started, returnTo: pageOfOurs(request.query.returnTo) });
        return reply
          .header('cache-control', 'no-store')
          .setCookie(names.signIn, started.state, { ...options, maxAge: SIGN_IN_MS / 1_000 })
          .redirect(url, 303);
      },
    );
    app.get(
      '/auth/callback',
      {
        config: { permission: PUBLIC, rateLimit: perAddress(BEGINNINGS) },
        schema: {
          hide: true,
          querystring: z.looseObject({ state: z.string().max(200) }),
          response: { 303: z.null() },
        },
      },
      async (request, reply) => {
        const signIn = await begun(request, request.query.state);
        const subject = await signedIn(issuer, request, signIn);
        const before = sessionTokenOf(request, cookies);
        if (before !== undefined) await sessions.end(before);
        const opened = await sessions.open(subject);
        return reply
          .header('cache-control', 'no-store')
          .clearCookie(names.signIn, options)
          .setCookie(...carrying(opened, cookies))
          .redirect(signIn.returnTo, 303);
      },
    );
  };
}

async function signedIn(issuer: Issuer, request: FastifyRequest, signIn: SignIn) {
  try {
    const back = new URL(request.url, 'http://here');
    return subjectFromClaims(await issuer.finish(back, signIn));
  } catch (cause) {
    if (cause instanceof CityLoopError) throw cause;
    throw new Unauthenticated(
      'SIGN_IN_FAILED',
      '统一认证平台未确认登录，请重新登录 / the identity provider did not confirm, begin again at /auth/login',
      {},
      { cause },
    );
  }
}
