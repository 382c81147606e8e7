import { join, resolve } from 'node:path';
import { directoryBlobs } from '@cityloop/blobs';
import { stages } from '@cityloop/contracts';
import {
  derivedKeyStore,
  drainOnClose,
  isLoopback,
  listenOn,
  type ReadyCheck,
} from '@cityloop/http';
import { maskNumbers } from '@cityloop/incident';
import { Unavailable } from '@cityloop/kernel';
import type { Database } from '@cityloop/postgres';
import { createLogger, createMetrics } from '@cityloop/runtime';
import {
  createPeers,
  followRemote,
  openPorts,
  type Peers,
  patiently,
  remoteArchive,
  remoteDistrict,
  remoteIntake,
  remoteNotices,
  remotePicture,
  remoteStage,
  replayRemote,
  type StageDoor,
} from '@cityloop/service';
import { type PolicyReader, startPolicyReader } from '@cityloop/stage';
import type { Config } from './config.ts';
import { makeDataFolder } from './data-folder.ts';
import { createGateway } from './gateway.ts';
import { identity, migrateConsole, refuseDemoSignIn } from './identity.ts';
import type { Loop } from './loop.ts';
import { keepReceipts, withReceipts } from './receipts.ts';

/** How long clients are told to come by another connection when the gateway stops, ms. */
const LAST_REQUESTS_MS = 2_000;
/** How long requests that have begun may wait for a service when the gateway stops, ms. */
const LAST_ANSWERS_MS = 10_000;

export type GatewayProcess = AsyncDisposable & {
  readonly url: string;
  /** Resolves when it cannot go on: what is wrong does not pass by itself. */
  readonly failed: Promise<unknown>;
};

/**
 * The gateway in a process of its own. Its door is open from the first moment on; what needs a service
 * that is away is answered 503 with `Retry-After`. Throws what is wrong with its settings.
 */
export async function startGateway(config: Config): Promise<GatewayProcess> {
  await using parts = new AsyncDisposableStack();
  refuseDemoSignIn(config);
  const { LOG_LEVEL: level } = config;
  const logger = createLogger({ name: 'gateway', level, destination: process.stderr });
  const metrics = createMetrics();
  const data = resolve(config.CITYLOOP_DATA);
  const photos = await makeDataFolder(data);
  const receipts = parts.use(await keepReceipts(join(data, 'receipts'), { logger }));
  const stopping = new AbortController();
  const failed = Promise.withResolvers<unknown>();
  const peers = createPeers(config, logger, metrics);
  parts.defer(() => peers.close());

  let database: Database | undefined;
  const db = (): Database => {
    if (database !== undefined) return database;
    throw new Unavailable('DATABASE_AWAY', '数据库尚未就绪 / the database is not there yet');
  };
  let policies: PolicyReader | undefined;
  const policy = (): PolicyReader => {
    if (policies !== undefined) return policies;
    throw new Unavailable('POLICY_UNKNOWN', '区政策尚未载入 / the policy is not loaded yet');
  };
  const patience = { signal: stopping.signal, logger };
  const following = patiently(async () => {
    await using opened = new AsyncDisposableStack();
    const ports = await openPorts(config, 'gateway', opened, { ...patience, metrics });
    await migrateConsole(ports.db);
    database = ports.db;
    policies = opened.use(await startPolicyReader(ports.log));
    return opened.move();
  }, patience).catch((error: unknown) => {
    if (!stopping.signal.aborted) failed.resolve(error);
    return undefined;
  });
  parts.defer(async () => (await following)?.disposeAsync());

  const loop = withReceipts(remoteLoop(peers, policy), receipts);
  const keyStore = derivedKeyStore(config.SERVICE_TOKEN);
  const { authenticate, extra, until } = await identity(config, {
    ...{ keyStore, db, logger, parts },
    pack: () => policy().pack(),
  });
  const app = createGateway({
    loop,
    authenticate,
    blobs: directoryBlobs(photos),
    logger,
    metrics,
    metricsOpen: isLoopback(config.HOST) && config.METRICS_TOKEN === undefined,
    ready: readinessOf(policy, stopping.signal),
    extra,
    until,
  });
  drainOnClose(app, LAST_REQUESTS_MS);
  parts.defer(() => app.close());
  const url = await listenOn(app, config);
  const stop = parts.move();
  return {
    url,
    failed: failed.promise,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      // Who waits for a service that is away must not hold up the end.
      const late = setTimeout(() => peers.close(), LAST_ANSWERS_MS);
      await stop.disposeAsync();
      clearTimeout(late);
    },
  };
}

/** That it can tell who may do what: the rest is the services' own readiness. */
function readinessOf(policy: () => PolicyReader, stopping: AbortSignal): readonly ReadyCheck[] {
  return [
    {
      name: 'process',
      check() {
        if (!stopping.aborted) return;
        throw new Unavailable('STOPPING', '服务正在停止 / the service is stopping');
      },
    },
    { name: 'policy', check: () => void policy().current() },
  ];
}

function remoteLoop(peers: Peers, policy: () => PolicyReader): Loop {
  const doors = stages.map((stage) => [stage, remoteStage(peers.of(stage))]);
  const monitor = peers.of('monitor');
  return {
    // One for each of the stages.
    stages: Object.fromEntries(doors) as Record<(typeof stages)[number], StageDoor>,
    ...remoteIntake(peers.of('intake')),
    ...remoteArchive(peers.of('archive')),
    ...remoteNotices(peers.of('sla')),
    district: remoteDistrict(peers.of('district')),
    picture: {
      ...remotePicture(monitor),
      follow: (follower) => followRemote(monitor, follower),
      replay: (from, limit) => replayRemote(monitor, from, limit),
    },
    mask: maskNumbers,
    policy: () => policy().current(),
    pack: () => policy().pack(),
    policies: () => policy().history,
  };
}
