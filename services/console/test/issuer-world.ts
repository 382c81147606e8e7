import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export type TestIssuer = AsyncDisposable & { readonly url: string };

/** Who signs in at the issuer next; undefined refuses. */
export type Next = { claims: Readonly<Record<string, unknown>> | undefined };

/** A real OpenID Connect issuer, at which whoever is `next` signs in without being asked. */
export async function testIssuer(next: Next, redirectUri: string): Promise<TestIssuer> {
  let handle: ReturnType<Provider['callback']> | undefined;
  const server = createServer((request, response) => void handle?.(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: 'cityloop',
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [new URL('/', redirectUri).href],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'cityloop'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: () => '/sign-in' },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ ...next.claims, sub }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client?.clientId ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, proceed) => {
    if (ctx.path !== '/sign-in') {
      await proceed();
      return;
    }
    const { claims } = next;
    const result =
      claims === undefined
        ? { error: 'access_denied', error_description: 'refused' }
        : { login: { accountId: String(claims['sub']) } };
    await provider.interactionFinished(ctx.req, ctx.res, result, {
      mergeWithLastSubmission: false,
    });
  });
  handle = provider.callback();
  return { url, [Symbol.asyncDispose]: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
