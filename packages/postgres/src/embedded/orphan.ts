import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { DatabaseLogger } from '../logger.ts';
import { inUse } from './complaints.ts';
import { SOCKET, type SocketPlace } from './folders.ts';
import { hasArgument, processesIn, signal, startOf } from './process-table.ts';

/** The argument by which a running server of ours is known, whatever its path looks like to it. */
export const mark = (cluster: string): string => `cityloop.cluster=${cluster}`;

const POLL_MS = 10;
// A fast stop writes at most the shared buffers; an immediate one leaves that to the recovery.
const STEPS: readonly (readonly [signal: NodeJS.Signals, waitMs: number])[] = [
  ['SIGINT', 15_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];

async function gone(pid: number, started: string, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (startOf(pid) === started) {
    if (performance.now() > end) return false;
    await after(POLL_MS);
  }
  return true;
}

async function stop(pid: number): Promise<void> {
  const started = startOf(pid);
  if (started === undefined) return;
  for (const [name, waitMs] of STEPS) {
    signal(pid, name);
    if (await gone(pid, started, waitMs)) return;
  }
}

/** Ends what a killed server left behind: backends that have not noticed yet. */
export async function endLeftovers(cluster: string): Promise<void> {
  for (const pid of processesIn(cluster)) {
    const started = startOf(pid);
    if (pid === process.pid || started === undefined) continue;
    signal(pid, 'SIGKILL');
    await gone(pid, started, 5_000);
  }
}

async function answers(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/**
 * Clears the way for a new server on `cluster`. The one that a killed process of ours left running is
 * stopped in good order; backends of a killed server are ended; the pid file of the dead goes, also
 * when its number means another process now. Throws `Unavailable` `DATA_DIR_IN_USE` for a server that
 * is not ours to stop: somebody else's, or in another container on the same volume.
 */
export async function clearTheWay(
  folder: string,
  cluster: string,
  place: SocketPlace,
  inherited: boolean,
  logger: DatabaseLogger,
): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch(() => undefined);
  const pid = Number(text?.split('\n')[0] ?? 0);
  if (pid > 0 && hasArgument(pid, mark(cluster))) {
    if (!inherited) throw inUse(folder, '');
    logger.warn({ pid }, 'stopping the database that a killed process left running');
    await stop(pid);
  } else if (pid > 0 && processesIn(cluster).includes(pid)) {
    throw inUse(folder, '');
  }
  if (await answers(join(place.host, SOCKET))) throw inUse(folder, '');
  if (text === undefined) return;
  await endLeftovers(cluster);
  await rm(pidFile, { force: true });
  // Named in it is the dead one too, and as long as nobody has reaped it a new server believes it lives.
  await rm(join(cluster, `${SOCKET}.lock`), { force: true });
}
