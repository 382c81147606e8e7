import { hash, timingSafeEqual } from 'node:crypto';
import type { Subject } from '@cityloop/contracts';
import type { Authenticate } from './permissions.ts';

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/** Who brings the token may be nothing else than somebody who reads figures. */
const reader: Subject = { id: 'metrics', name: 'metrics', roles: ['auditor'], area: '' };

/** Admits whoever brings `token` to `/metrics` and to nothing else; all others as before. */
export function orMetricsToken(authenticate: Authenticate, token: string): Authenticate {
  const wanted = digest(`Bearer ${token}`);
  return (request) => {
    const { authorization } = request.headers;
    const known =
      request.routeOptions.url === '/metrics' &&
      authorization !== undefined &&
      timingSafeEqual(digest(authorization), wanted);
    return known ? reader : authenticate(request);
  };
}
