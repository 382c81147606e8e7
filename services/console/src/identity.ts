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
import { subjectOfPerson } from './gateway.ts';

/** What of the settings says who may come in. */
export type IdentitySettings = {
  readonly CITYLOOP_ENV: 'demo' | 'production';
  readonly OIDC_ISSUER?: string | undefined;
  readonly OIDC_AUDIENCE: string;
  readonly METRICS_TOKEN?: string | undefined;
};

const DEMO_ISSUER = 'urn:cityloop:demo';

/** Throws `InvalidInput` `ISSUER_MISSING` where anybody could sign in as anybody. */
export function refuseDemoSignIn({ CITYLOOP_ENV, OIDC_ISSUER }: IdentitySettings): void {
  if (CITYLOOP_ENV !== 'production' || OIDC_ISSUER !== undefined) return;
  throw new InvalidInput(
    'ISSUER_MISSING',
    'CITYLOOP_ENV=production needs OIDC_ISSUER: the built-in sign-in is for demonstrations only',
  );
}

/**
 * Who comes in: by the tokens of `OIDC_ISSUER`, else by those of the built-in issuer, with the sign-in of
 * the pack's demo people as `extra` routes. Issuers on one `keyStore` accept each other's tokens.
 */
export async function identity(
  settings: IdentitySettings,
  keyStore: KeyStore,
  pack: () => DistrictPack,
): Promise<{ readonly authenticate: Authenticate; readonly extra: readonly Routes[] }> {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, METRICS_TOKEN: token } = settings;
  const clock = systemClock;
  const orMetrics = (people: Authenticate): Authenticate =>
    token === undefined ? people : orMetricsToken(people, token);
  if (issuer !== undefined) {
    const keys = oidcKeys({ issuer, clock });
    const verify = createTokenVerifier({ issuer, audience, keys, clock });
    return { authenticate: orMetrics(bearer(verify)), extra: [] };
  }
  const builtin = await createBuiltinIssuer({
    keyStore,
    issuer: DEMO_ISSUER,
    clock,
    environment: settings.CITYLOOP_ENV,
  });
  const verify = createTokenVerifier({
    issuer: DEMO_ISSUER,
    audience: builtin.audience,
    keys: builtin.jwks,
    clock,
    maxLifetimeS: DEMO_LIFETIME_S,
  });
  return {
    authenticate: orMetrics(bearer(verify)),
    extra: [demoAuthRoutes({ people: () => demoPeople(pack()), issuer: builtin })],
  };
}

function demoPeople(pack: DistrictPack): DemoPerson[] {
  const names = new Map([...pack.centres, ...pack.units].map(({ id, name }) => [id, name]));
  return pack.people.map((person) => ({
    ...subjectOfPerson(person),
    unit: names.get(person.unitId ?? person.centreId ?? '') ?? pack.district.name,
  }));
}
