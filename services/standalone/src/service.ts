import { join, resolve } from 'node:path';
import { directoryBlobs } from '@cityloop/blobs';
import {
  createGateway,
  identity,
  makeDataFolder,
  migrateConsole,
  refuseDemoSignIn,
} from '@cityloop/console';
import type { DistrictPack } from '@cityloop/contracts';
import { existingPackFolder } from '@cityloop/district';
import { type EventLog, refuseOtherLog } from '@cityloop/event-log';
import { fileKeyStore, isLoopback, listenOn, type ReadyCheck } from '@cityloop/http';
import { Unavailable } from '@cityloop/kernel';
import { createPool, type Database, startEmbeddedPostgres } from '@cityloop/postgres';
import { createLogger, createMetrics, type Logger, type Metrics } from '@cityloop/runtime';
import { laddersTurn, openLog, openRedis, readiness, STATEMENT_MS } from '@cityloop/service';
import { waysOf } from '@cityloop/sla';
import type { Config } from './config.ts';

import { startLoop } from './loop.ts';

export type Standalone = AsyncDisposable & {
  readonly url: string;
  readonly database: string;
  readonly pack: DistrictPack;
  /** Resolves when something the whole cannot do without has ended. */
  readonly failed: Promise<Error>;
};

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
  const packDir = await existingPackFolder(config.CITYLOOP_PACK);
  refuseDemoSignIn(config);
  const photos = await makeDataFolder(dataDir);

  const { url: databaseUrl, exited } = await database(config, dataDir, logger, parts);
  const db = parts.use(
    createPool(databaseUrl, { max: 16, name: 'cityloop', limitMs: STATEMENT_MS, logger }),
  );
  const metrics = createMetrics();
  const { redis } = await openRedis(config, parts);
  const { log, checks } = await logElsewhere(config, { db, parts, logger, metrics });
  const running = parts.use(
    await startLoop({ db, packDir, logger, metrics, redis, log, ways: waysOf(config) }),
  );
  const keyStore = fileKeyStore(join(dataDir, 'demo-signing-key.json'));
  await migrateConsole(db);
  const { authenticate, extra, until } = await identity(config, {
    ...{ keyStore, logger, parts },
    db: () => db,
    pack: () => running.loop.pack(),
  });
  const app = createGateway({
    loop: running.loop,
    authenticate,
    blobs: directoryBlobs(photos),
    logger,
    metrics,
    metricsOpen: isLoopback(config.HOST) && config.METRICS_TOKEN === undefined,
    ready: [...readiness(db, running), laddersTurn(running.ladders), ...checks],
    extra,
    until,
  });
  parts.defer(() => app.close());
  const url = await listenOn(app, config);
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

/** The log, where it does not stand in the database; its brokers are waited for. */
async function logElsewhere(
  config: Config,
  {
    db,
    parts,
    ...given
  }: {
    readonly db: Database;
    readonly parts: AsyncDisposableStack;
    readonly logger: Logger;
    readonly metrics: Metrics;
  },
): Promise<{ readonly log?: EventLog; readonly checks: readonly ReadyCheck[] }> {
  if (config.KAFKA_BROKERS === undefined) {
    await refuseOtherLog(db, 'shared');
    return { checks: [] };
  }
  const { signal } = new AbortController(); // a second Ctrl-C ends the wait
  return openLog(db, config, 'standalone', parts, { ...given, signal });
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
