import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Where the built-in issuer keeps its key between starts. */
export type KeyStore = {
  /** What was written, or `undefined` when nothing was yet. */
  read(): Promise<string | undefined>;
  /** Keeps `text` unless something is kept already: of two that write at once, the first wins. */
  write(text: string): Promise<void>;
};

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** A key store in a file that only its owner can read (0600); whole after a crash, or not there. */
export function fileKeyStore(path: string): KeyStore {
  return {
    async read() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(text) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.${randomUUID()}`;
      try {
        const file = await open(draft, 'wx', 0o600);
        try {
          await file.writeFile(text);
          await file.sync();
        } finally {
          await file.close();
        }
        // A link appears whole and never replaces a file, unlike a rename.
        await link(draft, path);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      } finally {
        await rm(draft, { force: true });
      }
    },
  };
}

/** A key store for tests and simulation: gone with the process. */
export function memoryKeyStore(): KeyStore {
  let kept: string | undefined;
  return {
    read: async () => kept,
    write: async (text) => {
      kept ??= text;
    },
  };
}
