import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeDataFolder } from './data-folder.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cityloop-data-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

describe('the data folder', () => {
  it('is made with all above it, its photos closed to others, and may be there already', async () => {
    const dir = join(await folder(), 'a', 'b');
    expect(await makeDataFolder(dir)).toBe(join(dir, 'photos'));
    expect(await makeDataFolder(dir)).toBe(join(dir, 'photos'));
    expect((await stat(join(dir, 'photos'))).mode & 0o777).toBe(0o700);
  });

  it.runIf(process.platform === 'linux').each(['/proc', '/proc/cityloop/data', '/proc/self'])(
    'is refused where nothing can be made: %s',
    async (dir) => {
      await expect(makeDataFolder(dir)).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE' });
    },
    2_000,
  );

  it('is refused below a file', async () => {
    const file = join(await folder(), 'file');
    await writeFile(file, '');
    const refused = makeDataFolder(join(file, 'data'));
    await expect(refused).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE' });
  });
});
