import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The secret the services share, made at the first start and kept where only its owner can read it. */
export async function keptToken(folder: string): Promise<string> {
  const path = join(folder, 'service-token');
  const fresh = randomBytes(32).toString('base64url');
  try {
    await writeFile(path, fresh, { flag: 'wx', mode: 0o600 });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // fails with nothing else
    return (await readFile(path, 'utf8')).trim();
  }
}
