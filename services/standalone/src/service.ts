import { access } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { directoryBlobs } from '@cityloop/blobs';
import { createGateway, subjectOfPerson } from '@cityloop/console';
import type { DistrictPack } from '@cityloop/contracts';
import {
  type Authenticate,
  bearer,
  createBuiltinIssuer,
  createTokenVerifier,
  DEMO_LIFETIME_S,
  type DemoPerson,
  demoAuthRoutes,
  fileKeyStore,
  oidcKeys,
  orMetricsToken,
  type Routes,
  type TokenVerifier,
} from '@cityloop/http';
import { InvalidInput, systemClock, Unavailable } from '@cityloop/kernel';
import { createPool, startEmbeddedPostgres } from '@cityloop/postgres';
import { createLogger, createMetrics, type Logger } from '@cityloop/runtime';
import { connectRedis } from '@cityloop/timers';
import type { Config } from './config.ts';
import { makeDataFolder } from './data-folder.ts';
import { startLoop } from './loop.ts';
import { readiness } from './readiness.ts';

export type Standalone = AsyncDisposable & {
  readonly url: string;
  readonly database: string;
  readonly pack: DistrictPack;
  /** Resolves when something the whole cannot do without has ended. */
  readonly failed: Promise<Error>;
};

const PACKS = fileURLToPath(new URL('../../../infra/packs/', import.meta.url));

/**
 * The embedded default: a Postgres of its own (unless `DATABASE_URL` names one), all services, one
 * door. A failure on the way up has stopped what was started.
 */
export async function startStandalone(config: Config): Promise<Standalone> {
  await using parts = new AsyncDisposableStack();
  const logger = createLogger({
    name: 'cityloop',
    level: config.LOG_LEVEL,
    destination: process.stderr,
  });
  const dataDir = resolve(config.CITYLOOP_DATA);
  const packDir = await packFolder(config.CITYLOOP_PACK);
  refuseOpenDoor(config);
  const photos = await makeDataFolder(dataDir);

  const { url: databaseUrl, exited } = await database(config, dataDir, logger, parts);
  const db = parts.use(createPool(databaseUrl, { max: 16, name: 'cityloop', logger }));
  const metrics = createMetrics();
  const redis =
    config.REDIS_URL === undefined
      ? undefined
      : parts.use(await connectRedis({ url: config.REDIS_URL }));
  const running = parts.use(await startLoop({ db, packDir, logger, metrics, redis }));
  const { verify, extra } = await identity(config, dataDir, () => running.loop.pack());
  const app = createGateway({
    loop: running.loop,
    authenticate: authenticateBy(verify, config),
    blobs: directoryBlobs(photos),
    logger,
    metrics,
    metricsOpen: isLoopback(config.HOST) && config.METRICS_TOKEN === undefined,
    ready: readiness(db, running),
    extra,
  });
  parts.defer(() => app.close());
  const url = await app.listen({ port: config.PORT, host: config.HOST }).catch((cause: unknown) => {
    throw listenRefused(config, cause);
  });
  const stop = parts.move();
  let stopping = false;
  return {
    url,
    database: config.DATABASE_URL === undefined ? `embedded, ${dataDir}` : 'DATABASE_URL',
    pack: running.district.pack,
    // A database that ends because it was told to is no failure.
    failed: new Promise((resolve) => {
      void exited.then((error) => {
        if (!stopping) resolve(error);
      });
    }),
    async [Symbol.asyncDispose]() {
      stopping = true;
      await stop.disposeAsync();
    },
  };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

function authenticateBy(verify: TokenVerifier, { METRICS_TOKEN: token }: Config): Authenticate {
  const people = bearer(verify);
  return token === undefined ? people : orMetricsToken(people, token);
}

async function packFolder(name: string): Promise<string> {
  const dir = /[/\\]/.test(name) ? resolve(name) : join(PACKS, name);
  await access(dir).catch((cause: unknown) => {
    throw new InvalidInput(
      'PACK_NOT_FOUND',
      `no district pack "${name}": CITYLOOP_PACK is a name under infra/packs or the path of a folder`,
      {},
      { cause },
    );
  });
  return dir;
}

function refuseOpenDoor(config: Config): void {
  if (config.CITYLOOP_ENV !== 'production' || config.OIDC_ISSUER !== undefined) return;
  throw new InvalidInput(
    'ISSUER_MISSING',
    'CITYLOOP_ENV=production needs OIDC_ISSUER: the built-in sign-in is for demonstrations only',
  );
}

async function database(
  config: Config,
  dataDir: string,
  logger: Logger,
  parts: AsyncDisposableStack,
): Promise<{ url: string; exited: Promise<Error> }> {
  if (config.DATABASE_URL !== undefined) {
    return { url: config.DATABASE_URL, exited: new Promise(() => undefined) };
  }
  const server = parts.use(
    await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), logger }),
  );
  const exited = server.exited.then(
    (error) =>
      error ??
      new Unavailable(
        'DATABASE_ENDED',
        'the embedded database has ended: the log says what it said last; start again',
      ),
  );
  return { url: server.url, exited };
}

async function identity(
  config: Config,
  dataDir: string,
  pack: () => DistrictPack,
): Promise<{ verify: TokenVerifier; extra: Routes[] }> {
  const clock = systemClock;
  const audience = config.OIDC_AUDIENCE;
  if (config.OIDC_ISSUER !== undefined) {
    const keys = oidcKeys({ issuer: config.OIDC_ISSUER, clock });
    return {
      verify: createTokenVerifier({ issuer: config.OIDC_ISSUER, audience, keys, clock }),
      extra: [],
    };
  }
  const issuer = await createBuiltinIssuer({
    keyStore: fileKeyStore(join(dataDir, 'demo-signing-key.json')),
    issuer: 'urn:cityloop:demo',
    clock,
    environment: config.CITYLOOP_ENV,
  });
  const verify = createTokenVerifier({
    issuer: 'urn:cityloop:demo',
    audience: issuer.audience,
    keys: issuer.jwks,
    clock,
    maxLifetimeS: DEMO_LIFETIME_S,
  });
  return { verify, extra: [demoAuthRoutes({ people: () => demoPeople(pack()), issuer })] };
}

function demoPeople(pack: DistrictPack): DemoPerson[] {
  const names = new Map([...pack.centres, ...pack.units].map(({ id, name }) => [id, name]));
  return pack.people.map((person) => ({
    ...subjectOfPerson(person),
    unit: names.get(person.unitId ?? person.centreId ?? '') ?? pack.district.name,
  }));
}

function listenRefused(config: Config, cause: unknown): Error {
  const code = (cause as { readonly code?: string }).code;
  if (code === 'EADDRINUSE') {
    return new Unavailable(
      'PORT_TAKEN',
      `port ${config.PORT} is taken: stop what uses it, or choose another one with PORT`,
      {},
      { cause },
    );
  }
  if (code === 'EACCES') {
    return new Unavailable(
      'PORT_FORBIDDEN',
      `port ${config.PORT} needs more rights: choose one above 1023 with PORT`,
      {},
      { cause },
    );
  }
  return new Unavailable(
    'LISTEN_FAILED',
    `cannot listen on ${config.HOST}:${config.PORT}: check that HOST is an address of this machine`,
    {},
    { cause },
  );
}
