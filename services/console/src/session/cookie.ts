import type { CookieSerializeOptions } from '@fastify/cookie';

/** The cookie of a session, and of a sign-in under way. */
export type CookieNames = { readonly session: string; readonly signIn: string };

/** How cookies are set: not for scripts, not for other sites, over TLS wherever people come by TLS. */
export type Cookies = { readonly names: CookieNames; readonly options: CookieSerializeOptions };

/**
 * `publicUrl` is where people find the gateway. By https the names begin with `__Host-`, which browsers take
 * over TLS and from this very host only.
 */
export function cookiesFor(publicUrl: string): Cookies {
  const secure = publicUrl.startsWith('https://');
  const prefix = secure ? '__Host-' : '';
  return {
    names: { session: `${prefix}cityloop`, signIn: `${prefix}cityloop-sign-in` },
    // `lax`: the way back from the issuer is a navigation from another site.
    options: { path: '/', httpOnly: true, sameSite: 'lax', secure },
  };
}
