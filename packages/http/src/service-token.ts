import { hash, timingSafeEqual } from 'node:crypto';
import type { Subject } from '@cityloop/contracts';
import { Unauthenticated } from '@cityloop/kernel';
import type { Authenticate } from './permissions.ts';

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/** Another service of the loop: who brings the token they all share. */
const service: Subject = { id: 'service', name: 'service', roles: ['system'], area: '' };

/** Admits whoever brings the token that the services share, compared in constant time, and nobody else. */
export function serviceToken(token: string): Authenticate {
  const wanted = digest(`Bearer ${token}`);
  return ({ headers: { authorization } }) => {
    if (authorization !== undefined && timingSafeEqual(digest(authorization), wanted)) {
      return service;
    }
    throw new Unauthenticated('SERVICE_TOKEN_WRONG', 'this door is for the services of the loop');
  };
}
