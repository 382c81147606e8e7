import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { makeTempFolder } from '@cityloop/servers';
import { expect, it } from 'vitest';
import { makeNewerBuild } from '../src/world/newer-build.ts';

const THIS_BUILD = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

/** The types of events the contracts of a build know; its fold is loaded, too. */
async function typesOf(build: string): Promise<readonly string[]> {
  const at = (path: string): string => JSON.stringify(pathToFileURL(join(build, path)).href);
  const script = `
    await import(${at('packages/incident/src/index.ts')});
    const { eventData } = await import(${at('packages/contracts/src/events.ts')});
    console.log(Object.keys(eventData).join());`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return stdout.trim().split(',');
}

it('the build an upgrade goes to knows a type of event that this one does not', async () => {
  await using folder = await makeTempFolder('newer');
  const build = join(folder.path, 'build');
  await mkdir(build);
  await makeNewerBuild(build);
  const [before, after] = [await typesOf(THIS_BUILD), await typesOf(build)];
  expect(before).toContain('handling.noted');
  expect(before).not.toContain('handling.remarked');
  expect(after).toEqual(expect.arrayContaining([...before, 'handling.remarked']));
});
