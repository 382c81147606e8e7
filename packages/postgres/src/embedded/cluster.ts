import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Account, invocation } from './account.ts';
import { type Binaries, program } from './binaries.ts';
import { damaged, explain, version as otherVersion } from './complaints.ts';
import { giveTo } from './folders.ts';

/** The database's own superuser and the database itself. */
export const USER = 'cityloop';

/**
 * The folder as the server is told it. A server of another user may not come down to it from above
 * (a closed home), but it is started inside and stays there.
 */
export const seenFromInside = (account: Account, cluster: string): string =>
  account.kind === 'other' ? '/proc/self/cwd' : cluster;

/** What every program of the server is started with: nothing of ours that could change its ways. */
export const programEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  LC_ALL: 'C',
  TZ: 'UTC',
});

const INITDB = [
  `--username=${USER}`,
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--data-checksums',
  '--auth-local=trust',
  '--auth-host=reject',
  '--no-instructions',
];

async function initdb(binaries: Binaries, account: Account, folder: string): Promise<void> {
  const target = ['-D', seenFromInside(account, folder)];
  const { file, args } = invocation(
    account,
    [program(binaries, 'initdb'), ...INITDB, ...target],
    true,
  );
  const child = spawn(file, args, {
    cwd: folder,
    env: programEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(account.kind === 'other' ? { uid: account.uid, gid: account.gid } : {}),
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw explain(said.split('\n').filter(Boolean), dirname(folder));
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** Makes a new cluster beside its place and moves it there whole, so that no half of one can stand. */
async function create(binaries: Binaries, account: Account, folder: string): Promise<void> {
  const half = join(folder, `cluster.new-${randomUUID()}`);
  await mkdir(half, { mode: 0o700 });
  try {
    await giveTo(half, account);
    await initdb(binaries, account, half);
  } catch (error) {
    // What does not fit on a full disk must not go on filling it.
    await rm(half, { recursive: true, force: true });
    throw error;
  }
  await rename(half, join(folder, 'cluster'));
  await syncFolder(folder);
}

async function check(binaries: Binaries, folder: string, cluster: string): Promise<void> {
  const read = (name: string): Promise<string> => readFile(join(cluster, name), 'utf8');
  const major = (await read('PG_VERSION').catch(() => '')).trim();
  if (!/^\d+$/.test(major)) throw damaged(folder, 'PG_VERSION is missing');
  const ours = binaries.version.split('.')[0] ?? '';
  if (major !== ours) throw otherVersion(folder, `it holds version ${major}, this is ${ours}`);
  const control = await stat(join(cluster, 'global', 'pg_control')).catch(() => undefined);
  if (!control?.isFile()) throw damaged(folder, 'global/pg_control is missing');
}

/**
 * The cluster below `folder`, made when there is none (0.5 s), checked for version and obvious
 * damage, and owned by the account. The caller holds the lock, so leftovers of a killed start go.
 */
export async function openCluster(
  binaries: Binaries,
  account: Account,
  folder: string,
): Promise<string> {
  const names = await readdir(folder);
  for (const name of names.filter((one) => one.startsWith('cluster.new-'))) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
  const cluster = join(folder, 'cluster');
  if (!names.includes('cluster')) await create(binaries, account, folder);
  await check(binaries, folder, cluster);
  await giveTo(cluster, account);
  // Copied or unpacked folders are often open to others, which the server refuses.
  await chmod(cluster, 0o700);
  return cluster;
}
