import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';

/** A program of ours that runs, with what it says in a file. */
export type Child = {
  readonly pid: number;
  readonly running: boolean;
  /** Resolves when it has ended, whatever ended it. */
  readonly exited: Promise<void>;
  /** What it has said since it was started. */
  said(): Promise<string>;
  /** Nothing happens when it has ended. */
  signal(name: NodeJS.Signals): void;
  /** Asks it to stop and waits for it; after `patienceMs` it is ended for good. */
  stop(patienceMs: number): Promise<void>;
};

export type Launch = {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Appended to. */
  readonly logPath: string;
};

let watched: boolean | undefined;

/** Has the kernel end the program when we are gone, even by `kill -9`, where the system can. */
function invocation(program: string, args: readonly string[]): [string, readonly string[]] {
  watched ??=
    process.platform === 'linux' &&
    spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
  return watched ? ['setpriv', ['--pdeathsig', 'KILL', program, ...args]] : [program, args];
}

/** Starts a program; rejects when there is none of that name. */
export async function launch(options: Launch): Promise<Child> {
  const log = await open(options.logPath, 'a');
  const { size: from } = await log.stat();
  const [file, args] = invocation(options.program, options.args);
  const child = spawn(file, args, {
    cwd: options.cwd,
    stdio: ['ignore', log.fd, log.fd],
    // Ctrl-C goes to the whole group of the terminal: those who use the server must be done first.
    detached: true,
  });
  const exited = endOf(child);
  try {
    await once(child, 'spawn');
  } finally {
    await log.close();
  }
  return ownedChild(child, exited, async () => (await readFile(options.logPath)).subarray(from));
}

function endOf(child: ChildProcess): Promise<void> {
  const atExit = () => child.kill('SIGKILL');
  process.on('exit', atExit);
  return new Promise((resolve) => {
    child.on('exit', () => {
      process.removeListener('exit', atExit);
      resolve();
    });
  });
}

function ownedChild(
  child: ChildProcess,
  exited: Promise<void>,
  said: () => Promise<Buffer>,
): Child {
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    exited,
    get running() {
      return running();
    },
    said: async () => (await said()).toString(),
    signal(name) {
      if (running()) child.kill(name);
    },
    async stop(patienceMs) {
      if (!running()) return;
      // One that was frozen hears nothing before it goes on.
      child.kill('SIGCONT');
      child.kill(patienceMs > 0 ? 'SIGTERM' : 'SIGKILL');
      const waiting = new AbortController();
      const late = after(patienceMs, undefined, { signal: waiting.signal }).then(
        () => child.kill('SIGKILL'),
        () => undefined,
      );
      await exited;
      waiting.abort();
      await late;
    },
  };
}

const POLL_MS = 25;

/** Waits until `ready` says so; false when the child ended first or `patienceMs` passed. */
export async function untilReady(
  child: Child,
  ready: () => Promise<boolean>,
  patienceMs: number,
): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (child.running && performance.now() < deadline) {
    if (await ready()) return true;
    await after(POLL_MS);
  }
  return false;
}

const SHOWN_LINES = 15;

/** The end of what a program said, for the error that tells of its failure. */
export function lastLines(text: string): string {
  const said = text.trimEnd();
  return said === '' ? 'it said nothing' : said.split('\n').slice(-SHOWN_LINES).join('\n');
}
