import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config, startCluster } from '@cityloop/cluster';
import { actsOn } from '../nemesis/acts.ts';
import type { Targets } from '../plan/plan.ts';
import { fakeTime, type OwnClock, ownClock } from './clock.ts';
import { startLinkedServers } from './servers.ts';
import type { World } from './world.ts';

export type OwnWorldOptions = {
  /** For the data and the logs. */
  readonly folder: string;
  readonly replicas: number;
  readonly brokers: 1 | 3;
  say(line: string): void;
};

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const SERVICES = 9;
/** Of Postgres: each process has a few, and there are those of the checks. */
const CONNECTIONS_EACH = 9;
const CONNECTIONS_MORE = 60;
/** Services that have a relay. */
const STAGES = ['intake', 'dispatch', 'handling', 'verification', 'archive'];
/** Whose clock can be set wrong: the last replica of each. */
const CLOCKS = ['gateway', 'dispatch', 'monitor'];

/** A whole cluster of its own, on servers of its own, with a link before each of them. */
export async function startOwnWorld(options: OwnWorldOptions): Promise<World> {
  const { folder, replicas, say } = options;
  await using parts = new AsyncDisposableStack();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const connections = CONNECTIONS_MORE + SERVICES * replicas * CONNECTIONS_EACH;
  const servers = await startLinkedServers(folder, { ...options, connections }, parts);
  const clocks = await ownClocks(folder, replicas);
  const config = Config.parse({
    PORT: '0',
    CITYLOOP_DATA: folder,
    DATABASE_URL: servers.databaseUrl,
    KAFKA_BROKERS: servers.brokers,
    REDIS_URL: servers.redisUrl,
  });
  const cluster = parts.use(
    await startCluster(config, {
      replicas,
      brokers: options.brokers,
      say,
      environment: ({ name, replica }) => clocks.get(`${name}-${replica}`)?.environment ?? {},
    }),
  );
  const { processes } = cluster;
  let build = ROOT;
  const acts = await actsOn(
    {
      ...{ cluster, servers, clocks, folder },
      async upgradeTo(next = ROOT) {
        build = next;
        await cluster.restartRolling(next);
      },
    },
    parts,
  );
  const stop = parts.move();
  return {
    urls: cluster.urls,
    data: {
      databaseUrl: servers.postgres.url,
      brokers: servers.brokers,
      build: () => build,
    },
    targets: {
      process: processes.map(({ id }) => id),
      broker: servers.kafka.nodes.map((_, n) => `broker-${n + 1}`),
      redis: ['redis'],
      postgres: ['postgres'],
      link: [...servers.links.keys()],
      // Alone there is no second one to take over.
      stage: replicas > 1 ? STAGES : [],
      cluster: ['cluster'],
      groups: ['groups'],
      build: ['cluster'],
      clock: [...clocks.keys()],
    } satisfies Targets,
    notHere:
      clocks.size > 0
        ? []
        : ['clock-off: libfaketime is not installed (Debian: apt install libfaketime)'],
    inflict: (fault) => acts[fault.kind](fault),
    async notReady() {
      const ready = await Promise.all(processes.map((one) => one.isReady()));
      return processes.filter((_, n) => ready[n] !== true).map(({ id }) => id);
    },
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

async function ownClocks(folder: string, replicas: number): Promise<ReadonlyMap<string, OwnClock>> {
  const library = fakeTime();
  const clocks = new Map<string, OwnClock>();
  if (library === undefined) return clocks;
  const place = join(folder, 'clocks');
  await mkdir(place, { recursive: true });
  for (const name of CLOCKS) {
    const id = `${name}-${replicas}`;
    clocks.set(id, await ownClock(library, place, id));
  }
  return clocks;
}
