import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Whether a process of that id is alive; one of another user counts. */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function linked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

// A process id is used again some day; no installation takes this long.
const LONGEST_MS = 30 * 60_000;

function holds(owner) {
  const [pid, since] = owner.split(' ').map(Number);
  return Date.now() - since < LONGEST_MS && alive(pid);
}

const ownerOf = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * Runs `work` while no other process holds the lock file; `onWait` is called once if one does. The
 * lock of a dead process is taken over: moved aside, and put back if it was replaced meanwhile.
 */
export async function withLock(path, work, onWait) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${Date.now()}`);
  let told = false;
  try {
    while (!linked(mine, path)) {
      const owner = ownerOf(path);
      if (owner === undefined) continue;
      if (!holds(owner)) {
        takeOver(path, `${mine}.old`, owner);
        continue;
      }
      if (!told) onWait();
      told = true;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    try {
      return await work();
    } finally {
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function takeOver(path, aside, judged) {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (ownerOf(aside) !== judged) linked(aside, path);
  rmSync(aside, { force: true });
}
