import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Cluster, Redis } from 'ioredis';

const NAMES = ['arm', 'restore', 'finish-rebuild', 'claim', 'acknowledge', 'countdown'] as const;
type ScriptName = (typeof NAMES)[number];

const read = (name: string) => readFileSync(new URL(`${name}.lua`, import.meta.url), 'utf8');
const common = read('common');
const scripts = new Map(
  NAMES.map((name) => {
    const source = common + read(name);
    return [name, { source, sha: createHash('sha1').update(source).digest('hex') }] as const;
  }),
);

/** Runs a script on the keys below `base`; strings in the reply are buffers. */
export async function runScript(
  redis: Redis | Cluster,
  name: ScriptName,
  base: string,
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  const script = scripts.get(name);
  if (script === undefined) throw new RangeError(`no script ${name}`);
  try {
    return await redis.callBuffer('EVALSHA', script.sha, 1, base, ...args);
  } catch (error) {
    // A server that has just been started knows none.
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return await redis.callBuffer('EVAL', script.source, 1, base, ...args);
  }
}
