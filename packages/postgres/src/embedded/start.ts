import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { type CityLoopError, Unavailable } from '@cityloop/kernel';
import { StatementError } from '../errors.ts';
import { type DatabaseLogger, silent } from '../logger.ts';
import { createPool } from '../pool.ts';
import { identifier } from '../statement.ts';
import { type Account, chooseAccount } from './account.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { openCluster, USER } from './cluster.ts';
import { damaged, explain, explainSystem, leftoversHoldOn, socketRefused } from './complaints.ts';
import {
  openBinaries,
  openDataFolder,
  type SocketPlace,
  shortPlace,
  socketPlace,
} from './folders.ts';
import { takeLock } from './lock.ts';
import { clearTheWay, endLeftovers } from './orphan.ts';
import { type Exit, launch, type Server, untilReady } from './server.ts';
import { defaultSettings } from './settings.ts';

/** Where and how to run the embedded server. */
export type EmbeddedOptions = {
  /** A folder of its own, made when missing. */
  readonly dataDir: string;
  readonly logger?: DatabaseLogger;
  /** Settings of Postgres that differ from ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How root gives up its power; found out by itself unless said. */
  readonly asRoot?: 'namespace' | 'other';
};

/** A Postgres server that lives as long as this process. */
export type EmbeddedPostgres = AsyncDisposable & {
  /** The address of its database, by a unix socket closed to other users. */
  readonly url: string;
  readonly pid: number;
  /** Such as `18.4`. */
  readonly version: string;
  /**
   * Resolves when the server has ended: with nothing after `stop`, else with the one sentence that
   * says why, such as a disk that filled up. It is not started again by itself.
   */
  readonly exited: Promise<CityLoopError | undefined>;
  /** Stops the server and gives the folder free; at most 10 s. Idempotent. */
  stop(): Promise<void>;
};

type Plan = {
  readonly binaries: Binaries;
  readonly account: Account;
  readonly folder: string;
  readonly cluster: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly logger: DatabaseLogger;
};

// How often a start is tried while what a killed server left behind still holds on.
const ATTEMPTS = 20;
const RETRY_MS = 250;

const urlOf = (place: SocketPlace, database: string): string =>
  `postgresql://${USER}@/${database}?host=${encodeURIComponent(place.host)}`;

async function ensureDatabase(place: SocketPlace, logger: DatabaseLogger): Promise<void> {
  await using admin = createPool(urlOf(place, 'postgres'), { max: 1, name: 'setup', logger });
  const found = await admin.query({
    text: 'select 1 from pg_database where datname = $1',
    values: [USER],
  });
  if (found.length === 0) await admin.execute({ text: `create database ${identifier(USER)}` });
}

async function launchReady(
  plan: Plan,
  place: SocketPlace,
): Promise<{ readonly server: Server; readonly place: SocketPlace }> {
  let at = place;
  for (let attempt = 1; ; attempt += 1) {
    const server = await launch({ ...plan, place: at });
    if (await untilReady(server, plan.cluster)) return { server, place: at };
    if (attempt >= ATTEMPTS) throw explain(server.lines, plan.folder);
    if (leftoversHoldOn(server.lines)) {
      await endLeftovers(plan.cluster);
      await after(RETRY_MS);
    } else if (socketRefused(server.lines) && at.folder === '.') {
      at = await shortPlace(plan.cluster, plan.account);
    } else {
      throw explain(server.lines, plan.folder);
    }
  }
}

function reasonOf(exit: Exit, lines: readonly string[], folder: string): CityLoopError {
  if (exit.signal === null) return explain(lines, folder);
  return new Unavailable(
    'DATA_DIR_SERVER_KILLED',
    `the database server on ${folder} was killed from outside (${exit.signal}): start again`,
  );
}

async function run(
  options: EmbeddedOptions,
  folder: string,
  inherited: boolean,
): Promise<{ readonly server: Server; readonly place: SocketPlace; readonly version: string }> {
  const logger = options.logger ?? silent;
  const account = chooseAccount(options.asRoot);
  const binaries = await openBinaries(findBinaries(), account);
  const cluster = await openCluster(binaries, account, folder);
  const place = await socketPlace(cluster, account);
  await clearTheWay(folder, cluster, place, inherited, logger);
  const settings = { ...defaultSettings, ...options.settings };
  const plan: Plan = { binaries, account, folder, cluster, settings, logger };
  const ready = await launchReady(plan, place);
  try {
    await ensureDatabase(ready.place, logger);
  } catch (error) {
    await ready.server.stop();
    throw error instanceof StatementError ? damaged(folder, error.message) : error;
  }
  return { ...ready, version: binaries.version };
}

/**
 * Starts Postgres on a folder, made at the first start (about a second; later starts a third of
 * one), with fsync on and reachable by a unix socket only. It works for root, for an ordinary user,
 * and after any end of the process or the server before, by `kill -9` too: an orphaned server is
 * stopped in good order first, and what was committed is there.
 *
 * Throws one clear sentence: `Unavailable` `DATA_DIR_IN_USE` (another CityLoop or server),
 * `DATA_DIR_FULL`, `DATA_DIR_MEMORY`, `DATA_DIR_START`; `InvalidInput` `DATA_DIR_READ_ONLY`,
 * `DATA_DIR_NOT_A_FOLDER`, `DATA_DIR_FOREIGN`, `DATA_DIR_DAMAGED`, `DATA_DIR_VERSION`,
 * `DATA_DIR_USER`, `DATA_DIR_SETTING`; `Unavailable` `POSTGRES_MISSING` where there are no binaries.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const logger = options.logger ?? silent;
  let folder = resolve(options.dataDir);
  try {
    await openDataFolder(folder);
    folder = await realpath(folder);
    const lock = await takeLock(folder);
    const running = await run(options, folder, lock.inherited).catch(async (error: unknown) => {
      await lock.release();
      throw error;
    });
    const { server, place, version } = running;
    let stopping: Promise<void> | undefined;
    const end = async (): Promise<void> => {
      await server.stop();
      await place.remove();
      await lock.release();
    };
    const stop = (): Promise<void> => (stopping ??= end());
    const exited = server.exited.then((exit) => {
      if (stopping !== undefined) return undefined;
      const reason = reasonOf(exit, server.lines, folder);
      logger.error({ ...exit, code: reason.code }, 'the database server ended');
      return reason;
    });
    logger.info({ folder, pid: server.pid, version }, 'database server ready');
    const url = urlOf(place, USER);
    return {
      url,
      pid: server.pid,
      version,
      exited,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    throw explainSystem(error, folder);
  }
}
