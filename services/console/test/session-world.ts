import type { Subject } from '@cityloop/contracts';
import { createServer, type DemoPerson, listenOn, type Routes, subjectOf } from '@cityloop/http';
import { Unauthenticated } from '@cityloop/kernel';
import { createPool, type Database } from '@cityloop/postgres';
import { createLogger } from '@cityloop/runtime';
import cookie from '@fastify/cookie';
import { migrateConsole } from '../src/identity.ts';
import { sessionOrToken } from '../src/session/authenticate.ts';
import { cookiesFor } from '../src/session/cookie.ts';
import { createIssuer } from '../src/session/issuer.ts';
import { issuerRoutes } from '../src/session/issuer-routes.ts';
import { sessionRoutes } from '../src/session/session-routes.ts';
import { createSessions } from '../src/session/sessions.ts';

export const clerk: DemoPerson = {
  id: 'he-clerk',
  name: '何（演示）',
  roles: ['clerk'],
  area: '310110',
  unit: '区中心',
};

export type SmallGateway = AsyncDisposable & { readonly url: string; readonly db: Database };

/** As much of a gateway as signing in needs: two routes that want somebody, and the doors of sessions. */
export async function smallGateway(
  databaseUrl: string,
  given: { readonly issuer?: { readonly url: string; readonly publicUrl: string }; port?: number },
): Promise<SmallGateway> {
  await using parts = new AsyncDisposableStack();
  const db = parts.use(createPool(databaseUrl, { max: 2, name: 'gateway' }));
  await migrateConsole(db);
  const logger = createLogger({ name: 'test', level: 'silent', destination: process.stderr });
  const sessions = parts.use(createSessions(() => db, logger));
  const cookies = cookiesFor(given.issuer?.publicUrl ?? 'http://localhost');
  const app = createServer({
    name: 'gateway',
    logger,
    permissions: { read: ['clerk'] },
    authenticate: sessionOrToken(sessions, cookies, () => {
      throw new Unauthenticated('AUTH_REQUIRED', 'sign in');
    }),
  });
  app.register(cookie);
  app.register(mine());
  const browsers = { sessions, cookies };
  if (given.issuer === undefined) {
    app.register(sessionRoutes({ ...browsers, people: () => [clerk] }));
  } else {
    const { url, publicUrl } = given.issuer;
    const issuer = createIssuer({ issuer: url, clientId: 'cityloop', publicUrl });
    app.register(sessionRoutes({ ...browsers, issuer }));
    app.register(issuerRoutes({ ...browsers, db: () => db, issuer }));
  }
  parts.defer(() => app.close());
  const url = await listenOn(app, { HOST: '127.0.0.1', PORT: given.port ?? 0 });
  const stop = parts.move();
  return { url, db, [Symbol.asyncDispose]: () => stop.disposeAsync() };
}

function mine(): Routes {
  return async (app) => {
    const config = { permission: 'read' };
    const who = (subject: Subject) => ({ id: subject.id });
    app.get('/mine', { config }, (request) => who(subjectOf(request)));
    app.post('/mine', { config }, (request) => who(subjectOf(request)));
  };
}

/** A browser as far as cookies go. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  /** What the last answer set, with all its attributes. */
  set: readonly string[] = [];

  async go(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(init.headers);
    if (cookie !== '') headers.set('cookie', cookie);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    this.set = response.headers.getSetCookie();
    for (const line of this.set) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const gone = value === '' || /expires=Thu, 01 Jan 1970/i.test(line);
      if (gone) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** As a page of ours sends it. */
  post(url: string, body: object = {}, headers: Record<string, string> = {}): Promise<Response> {
    return this.go(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-cityloop-console': '1', ...headers },
      body: JSON.stringify(body),
    });
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  take(name: string, value: string): void {
    this.#cookies.set(name, value);
  }
}
