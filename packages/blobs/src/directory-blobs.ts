import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Unavailable, uuidv7 } from '@cityloop/kernel';
import { type Blobs, checkName } from './blobs.ts';

/**
 * Blobs as files below a folder, which is made when it is first needed. A file is written beside its
 * place, forced to the disk and renamed into it, and the folder's entry is forced too: after a power
 * cut a blob is there whole or not at all.
 */
export function directoryBlobs(dir: string): Blobs {
  // Two letters a level keep folders small; names are hashes, so they fill evenly.
  const pathOf = (name: string): string => join(dir, name.slice(0, 2), name);

  async function write(path: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(path);
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = join(folder, `.${uuidv7()}`);
    try {
      await using file = await open(temporary, 'wx', 0o600);
      await file.writeFile(bytes);
      await file.sync();
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(folder);
    if (made !== undefined) await syncFolder(dir);
  }

  return {
    async put(name, bytes) {
      checkName(name);
      await write(pathOf(name), bytes).catch((cause: unknown) => {
        throw unavailable(cause);
      });
    },
    async get(name) {
      checkName(name);
      return readFile(pathOf(name)).catch(absent);
    },
    async stat(name) {
      checkName(name);
      const found = await stat(pathOf(name)).catch(absent);
      return found === undefined ? undefined : { bytes: found.size };
    },
  };
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function absent(error: Error & { readonly code?: string }): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw unavailable(error);
}

function unavailable(cause: unknown): Unavailable {
  const message = '暂时无法存取照片，请稍后重试 / photos cannot be stored or read at the moment';
  return new Unavailable('BLOBS_UNAVAILABLE', message, {}, { cause });
}
