import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Unavailable } from '@cityloop/kernel';

/**
 * Makes the data folder and answers the one of the photos in it, which shows that folders can be made
 * there. Throws `Unavailable` `DATA_DIR_UNWRITABLE` where they cannot.
 */
export async function makeDataFolder(dataDir: string): Promise<string> {
  const photos = join(dataDir, 'photos');
  await makeFolder(photos, 0o700).catch((cause: unknown) => {
    throw new Unavailable(
      'DATA_DIR_UNWRITABLE',
      `cannot make folders in ${dataDir}: choose another one with CITYLOOP_DATA`,
      {},
      { cause },
    );
  });
  return photos;
}

/** Step by step: the recursive mkdir of Node tries for ever below /proc, where nothing can be made. */
async function makeFolder(folder: string, mode?: number): Promise<void> {
  const refused = await refusalOf(folder, mode);
  if (refused === undefined) return;
  if (refused.code !== 'ENOENT' || dirname(folder) === folder) throw refused;
  await makeFolder(dirname(folder));
  const again = await refusalOf(folder, mode);
  if (again !== undefined) throw again;
}

async function refusalOf(
  folder: string,
  mode?: number,
): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(folder, mode);
    return undefined;
  } catch (error) {
    const refused = error as NodeJS.ErrnoException; // mkdir fails with nothing else
    return refused.code === 'EEXIST' ? undefined : refused;
  }
}
