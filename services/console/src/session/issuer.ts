import { Unavailable } from '@cityloop/kernel';
import * as oidc from 'openid-client';

/** How a person is signed in at an OpenID Connect issuer (统一身份认证). */
export type IssuerOptions = {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client: PKCE protects the code in any case. */
  readonly clientSecret?: string | undefined;
  /** Where people find the gateway; the issuer has `<publicUrl>/auth/callback` as redirect URI. */
  readonly publicUrl: string;
};

/** What the answer of the issuer is held against. */
export type SignInStarted = {
  readonly url: string;
  readonly state: string;
  readonly verifier: string;
  readonly nonce: string;
};

export type Issuer = {
  /** Where to send the browser. Throws `Unavailable` `AUTH_ISSUER_UNAVAILABLE` while it does not answer. */
  start(): Promise<SignInStarted>;
  /** The verified claims of who has signed in, from the address the browser came back to. */
  finish(
    back: URL,
    started: Omit<SignInStarted, 'url'>,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Where the issuer's own session is ended; undefined when it offers nothing of the kind. */
  signOutUrl(): Promise<string | undefined>;
};

const RETRY_AFTER_S = 5;
const TIMEOUT_S = 5;

/** The code flow with PKCE, state and nonce; the ID token's signature is checked against the issuer's keys. */
export function createIssuer(options: IssuerOptions): Issuer {
  const { issuer, clientId, clientSecret, publicUrl } = options;
  const redirectUri = new URL('/auth/callback', publicUrl).href;
  let found: Promise<oidc.Configuration> | undefined;

  function configuration(): Promise<oidc.Configuration> {
    found ??= discover().catch((cause: unknown) => {
      found = undefined;
      throw new Unavailable(
        'AUTH_ISSUER_UNAVAILABLE',
        '统一认证平台暂时无法访问 / the identity provider does not answer',
        { retryAfter: RETRY_AFTER_S },
        { cause },
      );
    });
    return found;
  }

  async function discover(): Promise<oidc.Configuration> {
    const url = new URL(issuer);
    // By plain HTTP only where the address says so itself: on a test bench.
    const execute = url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
    const authentication = clientSecret === undefined ? oidc.None() : undefined;
    const config = await oidc.discovery(url, clientId, clientSecret, authentication, {
      execute,
      timeout: TIMEOUT_S,
    });
    oidc.enableNonRepudiationChecks(config);
    return config;
  }

  return {
    async start() {
      const config = await configuration();
      const [verifier, state, nonce] = [
        oidc.randomPKCECodeVerifier(),
        oidc.randomState(),
        oidc.randomNonce(),
      ];
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid profile',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { url: url.href, state, verifier, nonce };
    },
    async finish(back, { state, verifier, nonce }) {
      const answered = new URL(redirectUri);
      answered.search = back.search;
      const tokens = await oidc.authorizationCodeGrant(await configuration(), answered, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      return tokens.claims() ?? {};
    },
    async signOutUrl() {
      const config = await configuration();
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
      const back = new URL('/', publicUrl).href;
      return oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: back }).href;
    },
  };
}
