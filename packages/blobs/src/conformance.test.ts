import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInput, Unavailable } from '@cityloop/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Blobs, directoryBlobs, memoryBlobs } from './index.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cityloop-blobs-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (found: Uint8Array | undefined): string | undefined =>
  found === undefined ? undefined : new TextDecoder().decode(found);

const adapters: readonly (readonly [string, () => Promise<Blobs>])[] = [
  ['in memory', async () => memoryBlobs()],
  ['in a folder', async () => directoryBlobs(join(await folder(), 'photos'))],
];

describe.each(adapters)('blobs %s', (_name, make) => {
  it('gives back what was put, and says how large it is', async () => {
    const blobs = await make();
    await blobs.put('ab12.webp', bytes('a photo'));
    expect(textOf(await blobs.get('ab12.webp'))).toBe('a photo');
    expect(await blobs.stat('ab12.webp')).toEqual({ bytes: 7 });
  });

  it('has nothing of a name that was never put', async () => {
    const blobs = await make();
    expect(await blobs.get('ab12')).toBeUndefined();
    expect(await blobs.stat('ab12')).toBeUndefined();
  });

  it('keeps the newest content of a name, whole, while it is written and read at once', async () => {
    const blobs = await make();
    const contents = Array.from({ length: 20 }, (_, n) => `${n}`.repeat(5_000));
    await blobs.put('ab', bytes(contents[0] ?? ''));
    const reads: Promise<Uint8Array | undefined>[] = [];
    for (const content of contents) {
      const put = blobs.put('ab', bytes(content));
      reads.push(blobs.get('ab'));
      await put;
    }
    for (const read of reads) expect(contents).toContain(textOf(await read));
    expect(textOf(await blobs.get('ab'))).toBe(contents.at(-1));
  });

  it('is not changed through the bytes it was given or gave', async () => {
    const blobs = await make();
    const given = bytes('abc');
    await blobs.put('ab', given);
    given.fill(0);
    (await blobs.get('ab'))?.fill(0);
    expect(textOf(await blobs.get('ab'))).toBe('abc');
  });

  it('takes an empty blob', async () => {
    const blobs = await make();
    await blobs.put('ab', new Uint8Array());
    expect(await blobs.stat('ab')).toEqual({ bytes: 0 });
  });

  it.each(['', '.', '..', '../a', 'a/b', 'A', 'a\0', '.hidden', 'a'.repeat(121), '照片'])(
    'refuses the name %j',
    async (name) => {
      const blobs = await make();
      await expect(blobs.put(name, bytes('x'))).rejects.toThrow(InvalidInput);
      await expect(blobs.get(name)).rejects.toThrow(InvalidInput);
      await expect(blobs.stat(name)).rejects.toThrow(InvalidInput);
    },
  );
});

describe('blobs in a folder', () => {
  it('are there for the next process and leave nothing else behind', async () => {
    const dir = await folder();
    await directoryBlobs(dir).put('ab12', bytes('x'));
    expect(textOf(await directoryBlobs(dir).get('ab12'))).toBe('x');
    expect(await readdir(join(dir, 'ab'))).toEqual(['ab12']);
  });

  it('say that they cannot be stored where there is no folder to be had', async () => {
    const file = join(await folder(), 'a-file');
    await writeFile(file, '');
    const blobs = directoryBlobs(join(file, 'photos'));
    await expect(blobs.put('ab', bytes('x'))).rejects.toThrow(Unavailable);
  });
});
