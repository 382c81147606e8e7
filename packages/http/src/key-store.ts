import { createPrivateKey, hkdfSync, randomUUID } from 'node:crypto';
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

/** Before the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * A key store that keeps nothing: the key follows from a secret that several processes share, so that
 * what one of them signs the others accept.
 */
export function derivedKeyStore(secret: string): KeyStore {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'cityloop demo signing key', 32));
  const der = Buffer.concat([PKCS8_ED25519, seed]);
  const jwk = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'jwk',
  });
  const text = JSON.stringify(jwk);
  return { read: async () => text, write: async () => undefined };
}
