import { Role } from '@cityloop/contracts';
import { type DemoPerson, PUBLIC, perAddress, type Routes } from '@cityloop/http';
import { NotFound, toIso, Unauthenticated } from '@cityloop/kernel';
import { z } from 'zod';
import { refuseOtherSites, sessionTokenOf } from './authenticate.ts';
import type { Cookies } from './cookie.ts';
import type { Issuer } from './issuer.ts';
import type { OpenedSession, Sessions } from './sessions.ts';

/** Sign-ins a minute from one address: a whole centre behind it may come to work at once. */
const SIGN_INS = 120;

const Signed = z.object({
  person: z.looseObject({
    id: z.string(),
    name: z.string(),
    roles: z.array(Role),
    area: z.string(),
    post: z.string().optional(),
    centreId: z.string().optional(),
    unitId: z.string().optional(),
  }),
  endsAt: z.string(),
});

export type SessionRoutesOptions = {
  readonly sessions: Sessions;
  readonly cookies: Cookies;
  /** Whom anybody may sign in as; there are none where an issuer says who is who. */
  readonly people?: (() => readonly DemoPerson[]) | undefined;
  readonly issuer?: Issuer | undefined;
};

/** `/auth/session`: who is signed in at this browser, and signing out; for demo people, signing in. */
export function sessionRoutes({ sessions, cookies, people, issuer }: SessionRoutesOptions): Routes {
  const { names, options } = cookies;
  const tags = ['登录 auth'];
  return async (app) => {
    app.get(
      '/auth/session',
      {
        config: { permission: PUBLIC },
        schema: {
          tags,
          summary: '当前登录人员 / who is signed in here',
          response: { 200: Signed },
        },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store');
        const token = sessionTokenOf(request, cookies);
        const session = token === undefined ? undefined : await sessions.of(token);
        if (session === undefined) {
          throw new Unauthenticated('AUTH_REQUIRED', '请先登录 / nobody is signed in here');
        }
        return { person: session.subject, endsAt: toIso(session.endsMs) };
      },
    );
    app.post(
      '/auth/session/end',
      {
        config: { permission: PUBLIC },
        schema: {
          tags,
          summary: '退出登录 / sign out; `signOutUrl`: where the issuer’s own session ends',
          response: { 200: z.object({ signOutUrl: z.string().optional() }) },
        },
      },
      async (request, reply) => {
        refuseOtherSites(request);
        const token = sessionTokenOf(request, cookies);
        if (token !== undefined) await sessions.end(token);
        reply.clearCookie(names.session, options);
        // Signed out here it is in any case; an issuer that is away does not keep anybody in.
        const signOutUrl = await issuer?.signOutUrl().catch(() => undefined);
        return signOutUrl === undefined ? {} : { signOutUrl };
      },
    );
    if (people === undefined) return;
    app.post(
      '/auth/demo/session',
      {
        config: { permission: PUBLIC, rateLimit: perAddress(SIGN_INS) },
        schema: {
          tags,
          summary: '以演示人员身份在浏览器登录 / sign a demo person in at this browser',
          body: z.strictObject({ person: z.string().min(1).max(64) }),
          response: { 200: Signed },
        },
      },
      async (request, reply) => {
        refuseOtherSites(request);
        const found = people().find(({ id }) => id === request.body.person);
        if (found === undefined) {
          throw new NotFound(
            'AUTH_PERSON_UNKNOWN',
            '没有这位演示人员 / no such person, see GET /auth/demo/people',
          );
        }
        const { unit: _unit, ...subject } = found;
        const before = sessionTokenOf(request, cookies);
        if (before !== undefined) await sessions.end(before);
        const opened = await sessions.open(subject);
        reply.header('cache-control', 'no-store').setCookie(...carrying(opened, cookies));
        return { person: subject, endsAt: toIso(opened.endsMs) };
      },
    );
  };
}

/** The cookie that carries an opened session, as `setCookie` takes it. */
export function carrying({ token, endsMs }: OpenedSession, { names, options }: Cookies) {
  return [names.session, token, { ...options, expires: new Date(endsMs) }] as const;
}
