import { Unauthenticated, Unavailable } from '@cityloop/kernel';
import { z } from 'zod';

const SIGN_IN_MS = 10_000;
const Token = z.object({ accessToken: z.string().min(1) });

/** As whom requests are sent. */
export type Session = {
  /** The bearer token; asks for one when there is none. */
  token(): Promise<string>;
  /** Forgets a token that was refused. Throws `Unauthenticated` when there is no way to another. */
  refused(): void;
};

/** A session with a token from elsewhere (`CITYLOOP_TOKEN`), which cannot be renewed here. */
export function givenToken(token: string): Session {
  return {
    token: async () => token,
    refused() {
      throw new Unauthenticated(
        'IMPORT_TOKEN_REFUSED',
        'CITYLOOP_TOKEN was refused or has expired',
      );
    },
  };
}

/** A session as one of the demo people, signed in at the server's own sign-in. */
export function demoPerson(url: string, person: string): Session {
  let current: Promise<string> | undefined;
  return {
    async token() {
      if (current === undefined) {
        current = signIn(url, person);
        current.catch(() => {
          current = undefined;
        });
      }
      return current;
    },
    refused() {
      current = undefined;
    },
  };
}

async function signIn(url: string, person: string): Promise<string> {
  const response = await fetch(new URL('/auth/demo/token', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person }),
    signal: AbortSignal.timeout(SIGN_IN_MS),
  }).catch((cause: unknown) => {
    throw new Unavailable('IMPORT_NO_SERVER', `nobody answers at ${url}`, {}, { cause });
  });
  const text = await response.text();
  if (response.status >= 500) {
    throw new Unavailable('IMPORT_SIGN_IN', `the sign-in at ${url} answers ${response.status}`);
  }
  if (response.status !== 200) {
    throw new Unauthenticated(
      'IMPORT_SIGN_IN',
      `${url} does not sign “${person}” in (${response.status}): name somebody of its pack with --person, or set CITYLOOP_TOKEN`,
    );
  }
  return Token.parse(JSON.parse(text)).accessToken;
}
