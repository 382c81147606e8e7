import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./programs/serve.ts', import.meta.url));

/** A process of its own that runs `programs/serve.ts`. */
export type Serving = {
  /** The first line it printed: `ready <pid>`, or the code of its failure. */
  readonly first: string;
  readonly serverPid: number;
  /** The highest number whose commit it was told of. */
  readonly acknowledged: () => number;
  /** Resolves when that many more commits were acknowledged. */
  readonly more: (count: number) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
};

const exit = (child: ChildProcess): Promise<unknown> =>
  child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();

/** Starts the program and waits for its first line. Without `helpers` it finds no other program. */
export async function serve(dataDir: string, helpers = true): Promise<Serving> {
  const env = helpers ? process.env : { ...process.env, PATH: '/nonexistent' };
  const child = spawn(process.execPath, [PROGRAM, dataDir], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = 0;
  const lines = createInterface({ input: child.stdout });
  const [first] = (await once(lines, 'line')) as [string]; // what readline emits
  lines.on('line', (line) => {
    last = Number(line);
  });
  return {
    first,
    serverPid: Number(first.split(' ')[1] ?? 0),
    acknowledged: () => last,
    more: async (count) => {
      const target = last + count;
      while (last < target) await once(lines, 'line');
    },
    kill: async (signal) => {
      child.kill(signal);
      await exit(child);
    },
  };
}

/** A new folder below the temporary one, gone with its disposal. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'cityloop-embedded-'));
  // A server whose process was killed may still be writing its last.
  const options = { recursive: true, force: true, maxRetries: 50, retryDelay: 20 };
  return { path, [Symbol.asyncDispose]: () => rm(path, options) };
}
