import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { Cluster, Supervised } from '@cityloop/cluster';
import { createPool, type Database, identifier } from '@cityloop/postgres';
import type { ServerProcess } from '@cityloop/servers';
import type { Kind } from '../plan/kinds.ts';
import type { Fault } from '../plan/plan.ts';
import type { OwnClock } from '../world/clock.ts';
import { makeNewerBuild } from '../world/newer-build.ts';
import type { LinkedServers } from '../world/servers.ts';
import { tellRedis } from './tell-redis.ts';

/** Does a fault and resolves when it is healed. */
type Act = (fault: Fault) => Promise<void>;

export type Stage = {
  readonly cluster: Cluster;
  readonly servers: LinkedServers;
  readonly clocks: ReadonlyMap<string, OwnClock>;
  readonly folder: string;
  /** Restarts the cluster, one process after the other, as that build; as the one it began with unless told. */
  upgradeTo(build?: string): Promise<void>;
};

/** A killed process is away when its supervisor has another one in its place. */
const RESTARTED_MS = 30_000;
const POLL_MS = 50;

/** What can be done to a cluster of processes on this machine. */
export async function actsOn(
  { cluster, servers, clocks, folder, upgradeTo }: Stage,
  parts: AsyncDisposableStack,
): Promise<Readonly<Record<Kind, Act>>> {
  const db = parts.use(createPool(servers.postgres.url, { max: 2, name: 'chaos' }));
  const { redis, postgres } = servers;
  const processOf = (id: string): Supervised => known(cluster.processes.find((p) => p.id === id));
  const brokerOf = (target: string): ServerProcess =>
    known(servers.kafka.nodes[Number(target.slice('broker-'.length)) - 1]);

  return {
    'process-kill': ({ target }) => killed(processOf(target)),
    'process-freeze': ({ target, forMs }) => frozen(processOf(target), forMs),
    'broker-kill': ({ target, forMs }) => away(brokerOf(target), forMs),
    'broker-freeze': ({ target, forMs }) => frozen(brokerOf(target), forMs),
    'redis-kill': ({ forMs }) => away(redis.process, forMs),
    'redis-freeze': ({ forMs }) => frozen(redis.process, forMs),
    'redis-flush': () => tellRedis(redis.path, 'FLUSHALL'),
    'redis-emptied': ({ forMs }) =>
      away(redis.process, forMs, () =>
        rm(join(servers.redisDir, 'appendonlydir'), { recursive: true, force: true }),
      ),
    'postgres-crash': ({ forMs }) => away(postgres.process, forMs),
    'postgres-freeze': ({ forMs }) => frozen(postgres.process, forMs),
    'postgres-backends': () => endBackends(db),
    async link({ target, forMs, harm = 'cut', direction = 'both' }) {
      const link = known(servers.links.get(target));
      link.harm(harm, direction);
      await after(forMs);
      link.heal();
    },
    'two-relays': ({ target, forMs }) => twoRelays(db, cluster, target, forMs),
    async 'clock-off'({ target, forMs }) {
      const clock = known(clocks.get(target));
      await clock.setWrong(true);
      await after(forMs);
      await clock.setWrong(false);
    },
    async rebalance() {
      const ones = cluster.processes.filter((p) => p.replica === 1 && p.name !== 'gateway');
      await Promise.all(ones.map(killed));
    },
    'rolling-restart': () => cluster.restartRolling(),
    async upgrade({ n, forMs }) {
      const newer = await makeNewerBuild(join(folder, `build-${n}`));
      await upgradeTo(newer);
      await after(forMs);
      await upgradeTo();
      await after(forMs);
      await upgradeTo(newer);
    },
  };
}

function known<T>(found: T | undefined): T {
  if (found === undefined) throw new RangeError('the plan names what is not there');
  return found;
}

/** Healed when its successor runs; when that is ready is the system's affair. */
async function killed(process: Supervised): Promise<void> {
  const { pid } = process;
  process.kill('SIGKILL');
  const patience = performance.now() + RESTARTED_MS;
  while (process.pid === pid) {
    if (performance.now() > patience) throw new Error(`${process.id} was not started again`);
    await after(POLL_MS);
  }
}

async function frozen(process: Pick<ServerProcess, 'kill'>, forMs: number): Promise<void> {
  process.kill('SIGSTOP');
  await after(forMs);
  process.kill('SIGCONT');
}

async function away(
  server: ServerProcess,
  forMs: number,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  server.kill('SIGKILL');
  await after(forMs);
  while (server.running) await after(POLL_MS);
  await meanwhile();
  await server.restart();
}

/** Every other connection of the services. */
async function endBackends(db: Database): Promise<void> {
  await db.query({
    text: `select pg_terminate_backend(pid) from pg_stat_activity
           where backend_type = 'client backend' and pid <> pg_backend_pid()
             and application_name <> 'chaos' and pid % 2 = 0`,
  });
}

/**
 * Freezes the process that publishes for a stage past its hold: another one takes the relay over, and the
 * first one, when it wakes, still believes that it has it. Which of them it is shows by the relay changing
 * hands while it is frozen; the others are frozen in turn until it does.
 */
async function twoRelays(
  db: Database,
  { processes }: Cluster,
  stage: string,
  forMs: number,
): Promise<void> {
  const holder = async (): Promise<string | undefined> => {
    const text = `select holder from ${identifier(`${stage}_outbox`)}.relay`;
    const rows = await db.query<{ holder: string }>({ text }).catch(() => []);
    return rows[0]?.holder;
  };
  for (const process of processes.filter(({ name }) => name === stage)) {
    const before = await holder();
    await frozen(process, forMs);
    if ((await holder()) !== before) return;
  }
}
