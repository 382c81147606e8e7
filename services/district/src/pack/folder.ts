import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInput } from '@cityloop/kernel';

const PACKS = fileURLToPath(new URL('../../../../infra/packs/', import.meta.url));

/** The folder of a pack: one under `infra/packs` by its name, or any by its path. */
export function packFolder(name: string): string {
  return /[/\\]/.test(name) ? resolve(name) : join(PACKS, name);
}

/** The same; throws `InvalidInput` `PACK_NOT_FOUND` when there is none. */
export async function existingPackFolder(name: string): Promise<string> {
  const dir = packFolder(name);
  await access(dir).catch((cause: unknown) => {
    throw new InvalidInput(
      'PACK_NOT_FOUND',
      `no district pack "${name}": CITYLOOP_PACK is a name under infra/packs or the path of a folder`,
      {},
      { cause },
    );
  });
  return dir;
}
