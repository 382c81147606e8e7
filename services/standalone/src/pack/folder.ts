import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKS = fileURLToPath(new URL('../../../../infra/packs/', import.meta.url));

/** The folder of a pack: one under `infra/packs` by its name, or any by its path. */
export function packFolder(name: string): string {
  return /[/\\]/.test(name) ? resolve(name) : join(PACKS, name);
}
