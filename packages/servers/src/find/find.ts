import { CityLoopError } from '@cityloop/kernel';
import { checkJava, kafkaJars } from '../kafka/jars.ts';
import { startKafka } from '../kafka/kafka.ts';
import { FORGETFUL, startPostgres } from '../postgres.ts';
import { redisVersion, startRedis } from '../redis.ts';
import { startContainer } from './containers.ts';
import { engineIsLikely } from './engine.ts';
import { addressVariables, type FoundServer, type ServerKind } from './server-kind.ts';

/** Finds each server once, when it is first asked for; disposing it stops what was started. */
export type ServerFinder = AsyncDisposable & {
  /** Rejects with the reason where the server cannot be had; the answer stays the same. */
  find(kind: ServerKind): Promise<FoundServer>;
};

async function startHere(kind: ServerKind): Promise<FoundServer> {
  if (kind === 'kafka') return started(await startKafka(), ({ brokers }) => brokers);
  if (kind === 'redis') return started(await startRedis(), ({ url }) => url);
  return started(await startPostgres({ settings: FORGETFUL }), ({ url }) => url);
}

function started<S extends AsyncDisposable>(
  server: S,
  address: (server: S) => string,
): FoundServer {
  return {
    address: address(server),
    by: 'start',
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

type Say = (line: string) => void;

async function look(kind: ServerKind, env: NodeJS.ProcessEnv, say: Say): Promise<FoundServer> {
  const address = env[addressVariables[kind]];
  if (address !== undefined && address !== '')
    return { address, by: 'address', [Symbol.asyncDispose]: async () => undefined };
  const inContainer = (await engineIsLikely(env))
    ? await startContainer(kind).catch((error: unknown) => {
        say(`no container for ${kind}: ${reasonOf(error)}`);
        return undefined;
      })
    : undefined;
  return inContainer ?? (await startHere(kind));
}

/**
 * Looks for servers in this order: an address in the environment (`TEST_DATABASE_URL`,
 * `TEST_REDIS_URL`, `TEST_KAFKA_BROKERS`), a container where an engine answers and has the image or
 * gets it, a start of what this machine has. For tests and measurements: nothing it starts survives it. `say`
 * is told in a line how each was had.
 */
export function serverFinder(env: NodeJS.ProcessEnv, say: Say = () => undefined): ServerFinder {
  const found = new Map<ServerKind, Promise<FoundServer>>();
  return {
    find(kind) {
      const known = found.get(kind);
      if (known !== undefined) return known;
      const looking = look(kind, env, say).then((server) => {
        say(`${kind}: ${words[server.by]} (${placeOf(server.address)})`);
        return server;
      });
      found.set(kind, looking);
      return looking;
    },
    async [Symbol.asyncDispose]() {
      for (const server of await Promise.allSettled(found.values())) {
        if (server.status === 'fulfilled') await server.value[Symbol.asyncDispose]();
      }
    },
  };
}

const words = {
  address: 'the one given',
  container: 'in a container',
  start: 'started here',
} as const satisfies Record<FoundServer['by'], string>;

/** An address without user and password. */
const placeOf = (address: string): string => address.replace(/\/\/[^@/]*@/, '//');

/** Rejects with the reason where such servers cannot be started on this machine. */
export async function checkStart(kind: 'kafka' | 'redis'): Promise<void> {
  if (kind === 'redis') await redisVersion();
  else await Promise.all([checkJava(), kafkaJars()]);
}

/** Why a server is not there, in one sentence. */
export function reasonOf(error: unknown): string {
  return error instanceof CityLoopError ? error.message : String(error);
}
