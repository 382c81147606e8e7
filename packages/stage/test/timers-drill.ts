import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type WorkerSetting = {
  readonly name: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly leaseMs: number;
};

type Said = {
  readonly state?: string;
  readonly rebuilt?: number;
  readonly missing?: number;
  readonly holding?: string[];
};

/** A process that rings alarms, see `drill-worker.ts`. */
export type Worker = AsyncDisposable & {
  kill(signal: NodeJS.Signals): void;
  /** Freezes it with what it has claimed last in its hands; resolves with that. */
  freeze(): Promise<readonly string[]>;
  /** Lets it go on, with what it had in its hands. */
  thaw(): void;
  /** How often it has entered everything anew. */
  readonly rebuilds: number;
  /** Of its index. */
  readonly state: string;
  /** How many alarms its sweeps found missing. */
  readonly missing: number;
};

const PROGRAM = fileURLToPath(new URL('drill-worker.ts', import.meta.url));

/** Resolves when it rings. */
export async function startWorker(setting: WorkerSetting): Promise<Worker> {
  const child = fork(PROGRAM, [JSON.stringify(setting)], { execArgv: [] });
  const ended = once(child, 'exit');
  await Promise.race([once(child, 'message'), ended.then(refuseToGoOn)]);
  let rebuilds = 0;
  let missing = 0;
  let state = 'ok';
  child.on('message', (said: Said) => {
    if (said.rebuilt !== undefined) rebuilds += 1;
    missing += said.missing ?? 0;
    state = said.state ?? state;
  });
  return {
    kill: (signal) => child.kill(signal),
    freeze: () => freeze(child),
    thaw() {
      child.kill('SIGCONT');
      child.send('go on');
    },
    get rebuilds() {
      return rebuilds;
    },
    get state() {
      return state;
    },
    get missing() {
      return missing;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGCONT');
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

async function freeze(child: ChildProcess): Promise<readonly string[]> {
  child.send('hold');
  for (;;) {
    const messages: readonly unknown[] = await once(child, 'message');
    const said = messages[0] as Said; // of the worker's own saying
    if (said.holding === undefined) continue;
    child.kill('SIGSTOP');
    return said.holding;
  }
}

function refuseToGoOn(): never {
  throw new Error('the worker ended before it rang');
}
