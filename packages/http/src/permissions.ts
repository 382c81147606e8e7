import type { Role, Subject } from '@cityloop/contracts';
import { Forbidden } from '@cityloop/kernel';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify';
import { subjectKey } from './request-state.ts';

/** The permission of routes that ask nobody who they are. */
export const PUBLIC = 'public';

/** Which roles have which permission. A permission with no role is nobody's. */
export type Permissions = Readonly<Record<string, readonly Role[]>>;

/**
 * Says who sent a request: at once when the token is known already, else as a promise. Throws
 * `Unauthenticated`, or `Unavailable` when the keys of the issuer cannot be had.
 */
export type Authenticate = (request: FastifyRequest) => Subject | Promise<Subject>;

function hasAny(roles: readonly Role[], allowed: ReadonlySet<Role>): boolean {
  for (const role of roles) if (allowed.has(role)) return true;
  return false;
}

function guardFor(
  permission: string,
  roles: readonly Role[],
  authenticate: Authenticate,
): onRequestHookHandler {
  const allowed = new Set(roles);
  const admit = (request: FastifyRequest, subject: Subject): Error | undefined => {
    request[subjectKey] = subject;
    if (hasAny(subject.roles, allowed)) return undefined;
    return new Forbidden(
      'PERMISSION_MISSING',
      `您的岗位没有此权限 / your roles lack ${permission}`,
      {
        permission,
      },
    );
  };
  return (request, _reply, done) => {
    let subject: Subject | Promise<Subject>;
    try {
      subject = authenticate(request);
    } catch (error) {
      done(asError(error));
      return;
    }
    if (subject instanceof Promise) {
      subject.then(
        (known) => done(admit(request, known)),
        (error: unknown) => done(asError(error)),
      );
    } else {
      done(admit(request, subject));
    }
  };
}

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

function hooksOf(route: RouteOptions): onRequestHookHandler[] {
  const own = route.onRequest;
  if (own === undefined) return [];
  // Fastify allows callback and async hooks here and runs either; its types keep them apart.
  return (Array.isArray(own) ? own : [own]) as onRequestHookHandler[];
}

/**
 * Denies by default: a route added after this call must declare `config.permission`, and start-up
 * fails with its name when it does not or when the table does not know the permission. The check
 * runs before the body is read, so strangers cannot make the server parse.
 */
export function requirePermissions(
  app: FastifyInstance,
  permissions: Permissions,
  authenticate: Authenticate,
): void {
  app.addHook('onRoute', (route) => {
    const permission = route.config?.permission;
    const name = `${String(route.method)} ${route.url}`;
    if (permission === undefined) {
      throw new Error(`route ${name} declares no config.permission`);
    }
    if (permission === PUBLIC) return;
    const roles = Object.hasOwn(permissions, permission) ? permissions[permission] : undefined;
    if (roles === undefined) {
      throw new Error(`route ${name} asks for the unknown permission ${permission}`);
    }
    route.onRequest = [guardFor(permission, roles, authenticate), ...hooksOf(route)];
  });
}
