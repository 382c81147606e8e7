import type { Authenticate } from '@cityloop/http';
import { Forbidden, Unauthenticated } from '@cityloop/kernel';
import type { FastifyRequest } from 'fastify';
import type { Cookies } from './cookie.ts';
import type { Session, Sessions } from './sessions.ts';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Sent by our own pages; another site cannot send it without asking us, and we tell nobody yes. */
export const CONSOLE_HEADER = 'x-cityloop-console';

/**
 * Admits whoever brings a token, and, without one, whoever has a session. A session changes nothing for
 * another site: every request that may change something says that one of our own pages sent it.
 */
export function sessionOrToken(
  sessions: Sessions,
  cookies: Cookies,
  byToken: Authenticate,
): Authenticate {
  return (request) => {
    const token = sessionTokenOf(request, cookies);
    if (request.headers.authorization !== undefined || token === undefined) return byToken(request);
    refuseOtherSites(request);
    const session = sessions.of(token);
    return session instanceof Promise ? session.then(subjectIn) : subjectIn(session);
  };
}

function subjectIn(session: Session | undefined) {
  if (session !== undefined) return session.subject;
  throw new Unauthenticated('SESSION_ENDED', '登录已失效，请重新登录 / signed out, sign in again');
}

/** The secret of the session that came with a request. */
export function sessionTokenOf(request: FastifyRequest, { names }: Cookies): string | undefined {
  return cookieOf(request, names.session);
}

/** A cookie that came with a request; routes that were there before the cookies were read have none. */
export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  return (request.cookies as FastifyRequest['cookies'] | undefined)?.[name];
}

/** Throws `Forbidden` `CROSS_SITE` for what a page of another site may have sent (CSRF). */
export function refuseOtherSites({ method, headers }: FastifyRequest): void {
  if (SAFE.has(method)) return;
  const site = headers['sec-fetch-site'];
  const ours = site === undefined || site === 'same-origin';
  if (ours && headers[CONSOLE_HEADER] !== undefined) return;
  throw new Forbidden(
    'CROSS_SITE',
    `请求不是从本系统页面发出的 / requests with a session come from our own pages, with the header ${CONSOLE_HEADER}`,
  );
}
