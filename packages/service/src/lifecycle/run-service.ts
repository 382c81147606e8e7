import { listenOn } from '@cityloop/http';
import {
  createLogger,
  createMetrics,
  type Logger,
  type Metrics,
  reportFatal,
  runProcess,
} from '@cityloop/runtime';
import { createInternalDoor } from './door.ts';
import { type Patience, patiently } from './patience.ts';
import { createPeers, type Peers } from './peers.ts';
import { openPorts, type Ports } from './ports.ts';
import type { Running } from './running.ts';
import type { ServiceName, ServiceSettings } from './settings.ts';

/** How long an orderly stop may take, ms. */
export const STOP_WITHIN_MS = 20_000;
/** How long calls that have begun may take to end when the process stops, ms. */
const LAST_CALLS_MS = 5_000;

/** What a service is started with. */
export type World<Settings extends ServiceSettings = ServiceSettings> = Ports & {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly peers: Peers;
  /** What is started goes in here, and is stopped in the reverse order. */
  readonly parts: AsyncDisposableStack;
  /** For whatever has to be waited for. */
  readonly patience: Patience;
};

export type ServiceOptions<Settings extends ServiceSettings> = {
  readonly name: ServiceName;
  /** Throws when they are not usable. */
  settings(): Settings;
  start(world: World<Settings>): Promise<Running>;
};

/** A started service, at work or waiting for what it needs. */
export type StartedService = AsyncDisposable & {
  readonly url: string;
  /** Resolves when it cannot go on: what is wrong does not pass by itself. */
  readonly failed: Promise<unknown>;
};

/** The whole life of a service as a process. */
export async function runService<Settings extends ServiceSettings>(
  options: ServiceOptions<Settings>,
): Promise<void> {
  await runProcess({
    async start() {
      const service = await startService({ ...options, settings: options.settings() });
      process.stdout.write(`cityloop ${options.name}: ${service.url}\n`);
      void service.failed.then((error) => {
        reportFatal(error);
        process.exit(1);
      });
      return service;
    },
    stopWithinMs: STOP_WITHIN_MS,
  });
}

/**
 * Opens the door, then waits for servers and starts what is behind it; while something is away that comes
 * back, for ever. Disposing: not ready, no new calls, those that have begun to their end, then the
 * service, its servers, the door.
 */
export async function startService<Settings extends ServiceSettings>(
  options: Omit<ServiceOptions<Settings>, 'settings'> & { readonly settings: Settings },
): Promise<StartedService> {
  const { name, settings } = options;
  const level = settings.LOG_LEVEL;
  const logger = createLogger({ name, level, destination: process.stderr });
  const metrics = createMetrics();
  const peers = createPeers(settings, logger, metrics);
  const door = createInternalDoor({ name, settings, logger, metrics });
  const url = await listenOn(door.app, settings);
  const stopping = new AbortController();
  const patience = { signal: stopping.signal, logger };
  const failed = Promise.withResolvers<unknown>();

  async function begin(): Promise<AsyncDisposableStack> {
    await using parts = new AsyncDisposableStack();
    const ports = await openPorts(settings, name, parts, { ...patience, metrics });
    const world = { ...ports, settings, logger, metrics, peers, parts, patience };
    const running = await options.start(world);
    patience.signal.throwIfAborted();
    door.open({ ...running, ready: [...running.ready, ...ports.checks] });
    logger.info({ url }, 'at work');
    return parts.move();
  }
  const begun = patiently(begin, patience).catch((error: unknown) => {
    if (!stopping.signal.aborted) failed.resolve(error);
    return undefined;
  });

  return {
    url,
    failed: failed.promise,
    async [Symbol.asyncDispose]() {
      door.stop();
      stopping.abort();
      const parts = await begun;
      await door.calls.ended(LAST_CALLS_MS);
      // What the service still wants of others on its own it asks again after the next start.
      peers.close();
      await parts?.disposeAsync();
      await door.app.close();
    },
  };
}
