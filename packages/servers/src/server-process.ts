import type { Child } from './child.ts';

/** One process of a server, which a test may treat as badly as life does. */
export type ServerProcess = AsyncDisposable & {
  /** Of the process that runs at the moment, or of the last one. */
  readonly pid: number;
  readonly running: boolean;
  /** Sends a signal: `SIGKILL`, `SIGSTOP`, `SIGCONT` … */
  kill(signal: NodeJS.Signals): void;
  /** Ends it (`kill -9`) if it still runs, and starts it again on the same data and ports. */
  restart(): Promise<void>;
  /** In good order, if it goes on within a few seconds. Idempotent. */
  stop(): Promise<void>;
};

/** Holds the process that `start` makes, resolving when it is ready; each restart makes another. */
export async function serverProcess(
  start: () => Promise<Child>,
  patienceMs: number,
): Promise<ServerProcess> {
  let child = await start();
  const stop = () => child.stop(patienceMs);
  return {
    get pid() {
      return child.pid;
    },
    get running() {
      return child.running;
    },
    kill: (signal) => child.signal(signal),
    async restart() {
      await child.stop(0);
      child = await start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
