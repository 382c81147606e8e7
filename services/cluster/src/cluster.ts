import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { Unavailable } from '@cityloop/kernel';
import { freePorts } from '@cityloop/servers';
import type { Config } from './config.ts';
import { mainOf, planOf, type Replicas, type Slot, serviceNames, slotsOf } from './plan.ts';
import { type Dispensable, openServers, type Servers } from './servers.ts';
import { type Supervised, supervise } from './supervised.ts';
import { keptToken } from './token.ts';

/** How long all of it may take to be ready, ms; the first start on a slow machine makes everything. */
const READY_MS = 120_000;
const POLL_MS = 100;
/** Of Postgres, by a process. */
const CONNECTIONS = 9;
/** Whoever dies so often before it was ready will not be. */
const DEATHS_MOST = 3;

/** Every service as processes on this machine, kept running. */
export type Cluster = AsyncDisposable & {
  /** Of the gateways. */
  readonly urls: readonly string[];
  readonly processes: readonly Supervised[];
  readonly servers: Servers;
  readonly token: string;
  /**
   * Restarts the processes one after the other, each when the one before is ready; where a folder is given as
   * those of the build whose sources stand there (an upgrade, or its rollback).
   */
  restartRolling(build?: string): Promise<void>;
};

export type ClusterOptions = {
  /** Processes of each service and of the gateway: 1 unless told, for all or by name. */
  readonly replicas: number | Partial<Replicas>;
  /** See `Options`; one broker and nothing left out unless told. */
  readonly brokers?: 1 | 3;
  readonly without?: readonly Dispensable[];
  /** Told what happens, a line at a time. */
  say(line: string): void;
  /** What one of them is told beyond what follows from the settings: for trials. */
  environment?(process: Pick<Supervised, 'name' | 'replica'>): Readonly<Record<string, string>>;
  /** Ends the wait for what is not ready yet: somebody wants it all to stop. */
  readonly signal?: AbortSignal;
};

/**
 * Starts the servers that are not given and all processes, and resolves when every one is ready. When
 * one cannot be started what was started is stopped again.
 */
export async function startCluster(config: Config, options: ClusterOptions): Promise<Cluster> {
  const { say } = options;
  const replicas = replicasOf(options.replicas);
  await using parts = new AsyncDisposableStack();
  const data = resolve(config.CITYLOOP_DATA);
  const logs = join(data, 'logs');
  await mkdir(logs, { recursive: true, mode: 0o700 });
  const { brokers = 1, without = [] } = options;
  const connections = 40 + CONNECTIONS * Object.values(replicas).reduce((sum, n) => sum + n, 0);
  const servers = await openServers(config, data, { brokers, without, connections }, parts);
  const token = config.SERVICE_TOKEN ?? (await keptToken(data));
  const slots = await freeSlots(slotsOf(config.PORT, replicas));
  const plan = planOf(config, { slots, servers, token });
  const processes: Supervised[] = [];
  parts.defer(() => stopInOrder(processes));
  for (const planned of plan) {
    const env = { ...planned.env, ...options.environment?.(planned) };
    processes.push(await supervise({ ...planned, env }, logs, say));
  }
  await untilReady(processes, options.signal);
  const stop = parts.move();
  return {
    urls: processes.filter(({ name }) => name === 'gateway').map(({ url }) => url),
    processes,
    servers,
    token,
    async restartRolling(build) {
      for (const one of processes) {
        await one.restart(build === undefined ? undefined : mainOf(one.name, build));
      }
    },
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

/** The doors first, so that nothing new comes in; then all that stands behind them at once. */
async function stopInOrder(processes: readonly Supervised[]): Promise<void> {
  const gateways = processes.filter(({ name }) => name === 'gateway');
  await Promise.all(gateways.map((one) => one.stop()));
  await Promise.all(processes.map((one) => one.stop()));
}

async function untilReady(
  processes: readonly Supervised[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + READY_MS;
  let waiting = processes;
  while (waiting.length > 0 && signal?.aborted !== true) {
    const ready = await Promise.all(waiting.map((one) => one.isReady()));
    waiting = waiting.filter((_, n) => ready[n] !== true);
    const dying = waiting.find(({ deaths }) => deaths >= DEATHS_MOST);
    const late = performance.now() > deadline ? waiting[0] : undefined;
    const hopeless = dying ?? late;
    if (hopeless !== undefined) {
      throw new Unavailable(
        'PROCESS_NOT_READY',
        `${hopeless.id} does not get ready; it said last (${hopeless.log}):\n${await hopeless.lastWords()}`,
      );
    }
    if (waiting.length > 0) await after(POLL_MS);
  }
}

function replicasOf(given: ClusterOptions['replicas']): Replicas {
  const amount = (name: (typeof serviceNames)[number]): number =>
    typeof given === 'number' ? given : (given[name] ?? 1);
  const amounts = serviceNames.map((name) => [name, amount(name)]);
  return Object.fromEntries(amounts) as Replicas; // one for each name
}

/** With these ports where they are free, others where they are not. */
async function freeSlots(wanted: readonly Slot[]): Promise<readonly Slot[]> {
  const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
  const others = [...(await freePorts(free.filter((is) => !is).length))];
  return wanted.map((slot, n) => (free[n] === true ? slot : { ...slot, port: others.pop() ?? 0 }));
}

function isFree(port: number): Promise<boolean> {
  if (port === 0) return Promise.resolve(false);
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
