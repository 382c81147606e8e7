import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { Unavailable } from '@cityloop/kernel';
import { startOf } from './process-table.ts';

/** The lock of a data folder, held by this process. */
export type DataLock = {
  /** Whether the one before us died without giving it back, so that its server may still run. */
  readonly inherited: boolean;
  release(): Promise<void>;
};

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

function inUse(folder: string, pid: number): Unavailable {
  const who = pid === process.pid ? 'this process already' : `process ${pid}`;
  return new Unavailable(
    'DATA_DIR_IN_USE',
    `CityLoop runs on ${folder} already (${who}): stop it, or choose another folder`,
    { pid },
  );
}

/** The id of the living process a lock names, or undefined when it is dead or unreadable. */
function livingOwner(text: string): number | undefined {
  const [id = '', started = ''] = text.split('\n');
  const pid = Number(id);
  return Number.isSafeInteger(pid) && pid > 0 && startOf(pid) === started ? pid : undefined;
}

/**
 * Takes the lock file of a data folder: at most one living process holds it. A lock whose process
 * is dead (killed, or before a reboot) is taken over. Throws `Unavailable` `DATA_DIR_IN_USE`.
 *
 * The file is put in place by `link`, which fails where one is. A dead one is moved aside by
 * `rename` first and then read again, since it may have been replaced since we judged it.
 */
export async function takeLock(folder: string): Promise<DataLock> {
  const path = `${folder}/lock`;
  const mine = `${folder}/lock.${process.pid}.${randomUUID()}`;
  const text = `${process.pid}\n${startOf(process.pid) ?? ''}\n${randomUUID()}\n`;
  await writeFile(mine, text, { flag: 'wx', mode: 0o600, flush: true });
  let inherited = false;
  try {
    while (!(await linked(mine, path))) {
      const found = await readFile(path, 'utf8').catch(() => undefined);
      if (found === undefined) continue;
      const owner = livingOwner(found);
      if (owner !== undefined) throw inUse(folder, owner);
      await moveAside(folder, path, found);
      inherited = true;
    }
  } finally {
    await rm(mine, { force: true });
  }
  return { inherited, release: () => release(path, text) };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function moveAside(folder: string, path: string, judged: string): Promise<void> {
  const aside = `${folder}/lock.${process.pid}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  // Somebody was faster, and what we moved is theirs: it goes back.
  const moved = await readFile(aside, 'utf8');
  if (moved !== judged) await linked(aside, path);
  await rm(aside, { force: true });
}

async function release(path: string, text: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => undefined);
  if (found === text) await rm(path, { force: true });
}
