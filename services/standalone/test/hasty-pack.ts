import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKS = fileURLToPath(new URL('../../../infra/packs/', import.meta.url));

const NO_LADDERS = 'ladders: []\ncatchUp: 10分钟\nnotices: {bundle: 1分钟}\n';

/**
 * A copy of the demo pack in which the clocks of acceptance and dispatch run out within half a second, so
 * that alarms ring while the run lasts. Nothing escalates unless ladders are given, as YAML: what is planted into a
 * history counts its versions.
 */
export async function hastyPack(
  escalation: string = NO_LADDERS,
): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'cityloop-pack-'));
  await cp(PACKS, folder, { recursive: true });
  const path = join(folder, 'yangpu');
  const clocks = join(path, 'clocks.yaml');
  const text = await readFile(clocks, 'utf8');
  await writeFile(
    clocks,
    text.replaceAll(/^(accept|dispatch): \{limit: 15分钟/gm, '$1: {limit: 0.008分钟'),
  );
  await writeFile(join(path, 'escalation.yaml'), escalation);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
