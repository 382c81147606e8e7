import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileKeyStore, type KeyStore, memoryKeyStore } from './index.ts';

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cityloop-keys-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const kinds: readonly (readonly [string, (folder: string) => KeyStore])[] = [
  ['in a file', (folder) => fileKeyStore(join(folder, 'deep', 'key'))],
  ['in memory', () => memoryKeyStore()],
];

describe.each(kinds)('a key store %s', (_kind, open) => {
  it('has nothing at first', async () => {
    await inFolder(async (folder) => {
      expect(await open(folder).read()).toBeUndefined();
    });
  });

  it('keeps what was written first', async () => {
    await inFolder(async (folder) => {
      const store = open(folder);
      await store.write('first');
      await store.write('second');
      expect(await store.read()).toBe('first');
    });
  });
});
