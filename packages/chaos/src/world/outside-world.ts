import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createPool } from '@cityloop/postgres';
import type { Fault } from '../plan/plan.ts';
import { type Containers, openContainers } from './containers.ts';
import { type FaultProxy, startProxy } from './fault-proxy.ts';
import type { World } from './world.ts';

export type OutsideOptions = {
  /** Of its gateways. */
  readonly urls: readonly string[];
  /** The folder of the compose file it runs by. */
  readonly compose?: string | undefined;
  /** For the checks. */
  readonly databaseUrl?: string | undefined;
  /** The same. */
  readonly brokers?: string | undefined;
};

const READY_MS = 3_000;
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * A system that runs already: clients come in by links of ours, which can be harmed; its containers can be
 * killed and paused where it runs by a compose file.
 */
export async function startOutsideWorld(options: OutsideOptions): Promise<World> {
  await using parts = new AsyncDisposableStack();
  const { urls, databaseUrl, brokers } = options;
  const links = new Map<string, FaultProxy>();
  for (const [n, url] of urls.entries()) {
    const { hostname, port, protocol } = new URL(url);
    const to = { host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
    const proxy = parts.use(await startProxy({ port: 0 }, () => to));
    links.set(`link:gateway-${n + 1}`, proxy);
  }
  const containers =
    options.compose === undefined ? undefined : await openContainers(options.compose);
  const db =
    databaseUrl === undefined
      ? undefined
      : parts.use(createPool(databaseUrl, { max: 1, name: 'chaos' }));
  const stop = parts.move();
  return {
    urls: [...links.values()].map(({ port }) => `http://127.0.0.1:${port}`),
    data: databaseUrl === undefined ? undefined : { databaseUrl, brokers, build: () => ROOT },
    targets: {
      process: containers?.services ?? [],
      broker: containers?.brokers ?? [],
      redis: containers?.redis ?? [],
      postgres: containers?.postgres ?? [],
      link: [...links.keys()],
      cluster: containers === undefined ? [] : ['cluster'],
      groups: containers === undefined ? [] : ['groups'],
      build: [],
      stage: [],
      clock: [],
    },
    notHere: [
      'two-relays, clock-off, upgrade, links between services and servers: not from outside',
      ...(containers === undefined
        ? ['processes and servers: --compose says how to reach them']
        : []),
      ...(db === undefined ? ['the checks of the database: DATABASE_URL names it'] : []),
    ],
    inflict: (fault) => inflict(fault, links, containers),
    async notReady() {
      const missing = await Promise.all(
        urls.map(async (url) => ((await isReady(url)) ? [] : [url])),
      );
      return [...missing.flat(), ...((await containers?.unhealthy()) ?? [])];
    },
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

async function inflict(
  fault: Fault,
  links: ReadonlyMap<string, FaultProxy>,
  containers: Containers | undefined,
): Promise<void> {
  const link = links.get(fault.target);
  if (link === undefined) return containers?.inflict(fault);
  link.harm(fault.harm ?? 'cut', fault.direction ?? 'both');
  await after(fault.forMs);
  link.heal();
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(READY_MS) })).ok;
  } catch {
    return false;
  }
}
