import { access, constants, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

const SOMEBODY_WRITES = 0o222;

/** Where an import writes. */
export type Places = { readonly rejected: string; readonly journal: string };

/** Beside the file, or in `out`; in the current folder when the file's own is not for writing. */
export async function placesFor(file: string, out: string | undefined): Promise<Places> {
  const beside = dirname(resolve(file));
  const dir = out ?? ((await writable(beside)) ? beside : process.cwd());
  const base = join(dir, basename(file));
  return { rejected: `${base}.rejected.ndjson`, journal: `${base}.import.json` };
}

async function writable(dir: string): Promise<boolean> {
  // The superuser may write everywhere, but a folder nobody is meant to write to stays as it is.
  if (((await stat(dir)).mode & SOMEBODY_WRITES) === 0) return false;
  return access(dir, constants.W_OK).then(
    () => true,
    () => false,
  );
}
