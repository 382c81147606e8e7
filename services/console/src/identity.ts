import type { DistrictPack } from '@cityloop/contracts';
import {
  type Authenticate,
  bearer,
  createBuiltinIssuer,
  createTokenVerifier,
  DEMO_LIFETIME_S,
  type DemoPerson,
  demoAuthRoutes,
  type KeyStore,
  oidcKeys,
  orMetricsToken,
  type Routes,
} from '@cityloop/http';
import { InvalidInput, systemClock } from '@cityloop/kernel';
import { type Database, migrate } from '@cityloop/postgres';
import type { Logger } from '@cityloop/runtime';
import type { IdentitySettings } from '@cityloop/service';
import { subjectOfPerson } from './gateway.ts';
import type { UntilOf } from './http/stream-routes.ts';
import { tokenUntil } from './http/token-expiry.ts';
import { sessionOrToken, sessionTokenOf } from './session/authenticate.ts';
import { type Cookies, cookiesFor } from './session/cookie.ts';
import { createIssuer, type Issuer } from './session/issuer.ts';
import { issuerRoutes } from './session/issuer-routes.ts';
import { SCHEMA } from './session/schema.ts';
import { sessionRoutes } from './session/session-routes.ts';
import { createSessions, type Sessions } from './session/sessions.ts';

const DEMO_ISSUER = 'urn:cityloop:demo';

/** Throws `InvalidInput` `ISSUER_MISSING` where anybody could sign in as anybody. */
export function refuseDemoSignIn({ CITYLOOP_ENV, OIDC_ISSUER }: IdentitySettings): void {
  if (CITYLOOP_ENV !== 'production' || OIDC_ISSUER !== undefined) return;
  throw new InvalidInput(
    'ISSUER_MISSING',
    'CITYLOOP_ENV=production needs OIDC_ISSUER: the built-in sign-in is for demonstrations only',
  );
}

/** Makes the gateway's own tables, or brings them up to date. */
export async function migrateConsole(db: Database): Promise<void> {
  await migrate(db, { schema: SCHEMA, dir: new URL('../migrations', import.meta.url) });
}

/** What identity works with. */
export type IdentityWorld = {
  readonly keyStore: KeyStore;
  readonly pack: () => DistrictPack;
  /** With the gateway's tables; throws `Unavailable` while there is none. */
  readonly db: () => Database;
  readonly logger: Logger;
  readonly parts: AsyncDisposableStack;
};

export type Identity = {
  readonly authenticate: Authenticate;
  /** How people sign in. */
  readonly extra: readonly Routes[];
  readonly until: UntilOf;
};

/**
 * Who comes in: by a session of the browser, or by a token of `OIDC_ISSUER`, else of the built-in issuer, with
 * the sign-in of the pack's demo people. Issuers on one `keyStore` accept each other's tokens.
 */
export async function identity(
  settings: IdentitySettings,
  world: IdentityWorld,
): Promise<Identity> {
  const { METRICS_TOKEN, PUBLIC_URL = 'http://localhost' } = settings;
  const cookies = cookiesFor(PUBLIC_URL);
  const sessions = world.parts.use(createSessions(world.db, world.logger));
  const { byToken, extra } =
    settings.OIDC_ISSUER === undefined
      ? await demo(settings, world, { sessions, cookies })
      : byIssuer(settings.OIDC_ISSUER, settings, world, { sessions, cookies });
  const people = sessionOrToken(sessions, cookies, byToken);
  return {
    authenticate: METRICS_TOKEN === undefined ? people : orMetricsToken(people, METRICS_TOKEN),
    extra,
    until: untilOf(sessions, cookies),
  };
}

type Browsers = { readonly sessions: Sessions; readonly cookies: Cookies };
type Way = { readonly byToken: Authenticate; readonly extra: readonly Routes[] };

function byIssuer(
  issuer: string,
  settings: IdentitySettings,
  { db }: IdentityWorld,
  browsers: Browsers,
): Way {
  const clock = systemClock;
  const keys = oidcKeys({ issuer, clock });
  const verify = createTokenVerifier({ issuer, audience: settings.OIDC_AUDIENCE, keys, clock });
  const byToken = bearer(verify);
  const client = clientOf(issuer, settings);
  if (client === undefined) return { byToken, extra: [sessionRoutes(browsers)] };
  const issued = { ...browsers, issuer: client };
  return { byToken, extra: [sessionRoutes(issued), issuerRoutes({ ...issued, db })] };
}

/** Browsers sign in where the gateway is a client of the issuer; else only tokens are taken. */
function clientOf(issuer: string, settings: IdentitySettings): Issuer | undefined {
  const { OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret, PUBLIC_URL } = settings;
  if (clientId === undefined) return undefined;
  if (PUBLIC_URL !== undefined) {
    return createIssuer({ issuer, clientId, clientSecret, publicUrl: PUBLIC_URL });
  }
  throw new InvalidInput(
    'PUBLIC_URL_MISSING',
    'OIDC_CLIENT_ID needs PUBLIC_URL: the address people find the gateway by, which the issuer sends them back to',
  );
}

async function demo(
  settings: IdentitySettings,
  { keyStore, pack }: IdentityWorld,
  browsers: Browsers,
): Promise<Way> {
  const clock = systemClock;
  const environment = settings.CITYLOOP_ENV;
  const builtin = await createBuiltinIssuer({ keyStore, issuer: DEMO_ISSUER, clock, environment });
  const verify = createTokenVerifier({
    issuer: DEMO_ISSUER,
    audience: builtin.audience,
    keys: builtin.jwks,
    clock,
    maxLifetimeS: DEMO_LIFETIME_S,
  });
  const people = (): DemoPerson[] => demoPeople(pack());
  return {
    byToken: bearer(verify),
    extra: [demoAuthRoutes({ people, issuer: builtin }), sessionRoutes({ ...browsers, people })],
  };
}

function untilOf(sessions: Sessions, cookies: Cookies): UntilOf {
  return async (request) => {
    const token = sessionTokenOf(request, cookies);
    if (request.headers.authorization !== undefined || token === undefined) {
      return tokenUntil(request);
    }
    const session = await sessions.of(token);
    return () => session?.endsMs ?? 0;
  };
}

function demoPeople(pack: DistrictPack): DemoPerson[] {
  const names = new Map([...pack.centres, ...pack.units].map(({ id, name }) => [id, name]));
  return pack.people.map((person) => ({
    ...subjectOfPerson(person),
    unit: names.get(person.unitId ?? person.centreId ?? '') ?? pack.district.name,
  }));
}
