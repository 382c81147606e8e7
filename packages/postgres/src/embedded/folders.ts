import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  chmod,
  cp,
  lchown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { InvalidInput } from '@cityloop/kernel';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';

/** The file a client connects to, for port 5432 as everywhere. */
export const SOCKET = '.s.PGSQL.5432';
// What the kernel takes as the address of a unix socket, without the closing zero.
const ADDRESS_BYTES = process.platform === 'linux' ? 107 : 103;
const OURS = /^(cluster(\.new-.*)?|lock(\..*)?)$/;

/** Makes the folder when missing; throws `InvalidInput` `DATA_DIR_FOREIGN` if it is somebody else's. */
export async function openDataFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK | constants.X_OK);
  const foreign = (await readdir(folder)).find((name) => !OURS.test(name) && !name.startsWith('.'));
  if (foreign === undefined) return;
  throw new InvalidInput(
    'DATA_DIR_FOREIGN',
    `${folder} holds something else (${foreign}): choose an empty folder for the database`,
  );
}

/** Whether the account can go down to `path` without any power of root. */
export async function reachable(path: string, account: Account): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const { uid, gid, mode } = await stat(at);
    const bits = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
    if ((bits & 1) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** Gives the folder and all in it to the account. The folder itself comes last, as the sign of it. */
export async function giveTo(folder: string, account: Account): Promise<void> {
  if (account.kind === 'self' || (await stat(folder)).uid === account.uid) return;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    await lchown(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
  await lchown(folder, account.uid, account.gid);
}

// Below the first the copy survives the clean-up of temporary files.
const OPEN_FOLDERS = ['/var/lib/cityloop', '/opt/cityloop', join(tmpdir(), 'cityloop-programs')];

async function copyTo(parent: string, binaries: Binaries): Promise<Binaries> {
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const root = join(parent, `postgres-${binaries.version}`);
  const found = await lstat(root).catch(() => undefined);
  if (found === undefined) {
    const half = await mkdtemp(`${root}.new-`);
    const filter = (source: string): boolean => !basename(source).endsWith('.a');
    await cp(binaries.root, half, { recursive: true, verbatimSymlinks: true, filter });
    await chmod(half, 0o755);
    // Two setups at once make the same copy; the second finds the place taken.
    await rename(half, root).catch(() => rm(half, { recursive: true, force: true }));
  } else if (found.uid !== 0 || (found.mode & 0o022) !== 0 || !found.isDirectory()) {
    throw new Error(`${root} is not root's alone`);
  }
  return { root, version: binaries.version };
}

/**
 * Binaries that the account can run: the installed ones, or a copy of them in an open folder when
 * they lie below a home closed to others.
 */
export async function openBinaries(binaries: Binaries, account: Account): Promise<Binaries> {
  if (account.kind !== 'other' || (await reachable(binaries.root, account))) return binaries;
  const failures: unknown[] = [];
  for (const parent of OPEN_FOLDERS) {
    try {
      const copy = await copyTo(parent, binaries);
      if (await reachable(copy.root, account)) return copy;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new InvalidInput(
    'DATA_DIR_USER',
    `the database cannot run as root here, and there is no folder open to another user for its programs: set DATABASE_URL, or run as an ordinary user`,
    {},
    { cause: new AggregateError(failures) },
  );
}

/** Where clients find the socket: `folder` as given to the server, `host` as given to clients. */
export type SocketPlace = {
  readonly folder: string;
  readonly host: string;
  /** Takes away what was made for the socket alone, once the server has ended. */
  remove(): Promise<void>;
};

const fits = (folder: string): boolean => Buffer.byteLength(join(folder, SOCKET)) <= ADDRESS_BYTES;

/** A folder of the account's own for the socket of `cluster`, the same one each time if possible. */
export async function shortPlace(cluster: string, account: Account): Promise<SocketPlace> {
  const base = fits(join(tmpdir(), 'cityloop-0123456789-abcdef')) ? tmpdir() : '/tmp';
  const mark = createHash('sha256').update(cluster).digest('hex').slice(0, 10);
  const wanted = join(base, `cityloop-${mark}`);
  await mkdir(wanted, { mode: 0o700 }).catch(() => undefined);
  const found = await lstat(wanted);
  const mine = found.isDirectory() && [account.uid, process.getuid?.()].includes(found.uid);
  // Somebody else sits there: whoever owns the folder could put another server in.
  const folder = mine ? wanted : await mkdtemp(`${wanted}-`);
  await chmod(folder, 0o700);
  if (account.kind === 'other') await lchown(folder, account.uid, account.gid);
  return { folder, host: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * The folder of the socket: the cluster's own, closed to others (relative for the server, which works
 * in it and may not be able to come from above), or a short one when its path is too long.
 */
export async function socketPlace(cluster: string, account: Account): Promise<SocketPlace> {
  if (!fits(cluster)) return await shortPlace(cluster, account);
  return { folder: '.', host: cluster, remove: async () => undefined };
}
