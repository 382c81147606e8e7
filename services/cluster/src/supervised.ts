import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { Unavailable } from '@cityloop/kernel';
import type { Planned } from './plan.ts';

/** The rest before a process that died is started again, ms; it doubles up to the last. */
const REST_MS = [200, 400, 800, 1_600, 3_200, 6_400, 10_000] as const;
/** Who has run for so long is not taken for one that dies at once, ms. */
const STEADY_MS = 30_000;
/** What a restarted one has to get ready, ms: its servers may be away meanwhile. */
const READY_MS = 180_000;
/** What an orderly stop takes at most; then it is cut off, ms. */
const STOP_MS = 22_000;
const POLL_MS = 100;

/** One process that is kept running. */
export type Supervised = Pick<Planned, 'name' | 'replica' | 'url'> & {
  readonly id: string;
  readonly log: string;
  /** Of the process that runs, or of the last one. */
  readonly pid: number;
  /** How often it died by itself. */
  readonly deaths: number;
  kill(signal: NodeJS.Signals): void;
  /** Whether `/ready` says that it can do its work. */
  isReady(): Promise<boolean>;
  /**
   * Stops it in order and starts it again, with another build's `main` from then on where one is given;
   * resolves when it is ready. Rejects with `Unavailable` `PROCESS_NOT_READY` after three minutes.
   */
  restart(main?: string): Promise<void>;
  /** In order; it is not started again. Idempotent. */
  stop(): Promise<void>;
  /** The end of what it said. */
  lastWords(): Promise<string>;
};

/** Starts a process and starts it again whenever it dies, with a rest that grows. */
export async function supervise(
  { name, replica, url, main: first, env }: Planned,
  folder: string,
  say: (line: string) => void,
): Promise<Supervised> {
  const id = `${name}-${replica}`;
  const log = join(folder, `${id}.log`);
  let main = first;
  /** It is to end and not to be started again: for good, or by a restart, which starts it itself. */
  let stopping = false;
  let over = false;
  let deaths = 0;
  let quick = 0;
  let child = await start();

  async function start(): Promise<ChildProcess> {
    const file = await open(log, 'a');
    // A channel, so that it learns of our end; a group of its own, so that Ctrl-C is ours to pass on.
    const started = spawn(process.execPath, [main], {
      env,
      stdio: ['ignore', file.fd, file.fd, 'ipc'],
      detached: true,
    });
    const startedMs = performance.now();
    started.once('exit', (code, signal) => void ended(started, startedMs, signal ?? code));
    try {
      await once(started, 'spawn');
    } finally {
      await file.close();
    }
    return started;
  }

  /** Nobody asked for it: it is started again. */
  async function ended(
    which: ChildProcess,
    startedMs: number,
    how: NodeJS.Signals | number | null,
  ): Promise<void> {
    if (stopping || which !== child) return;
    deaths += 1;
    quick = performance.now() - startedMs < STEADY_MS ? quick + 1 : 0;
    const rest = REST_MS[Math.min(quick, REST_MS.length - 1)] ?? 0;
    say(`${id} 已退出 / has ended (${how}), 将重启 / starts again in ${rest / 1_000} s: ${log}`);
    for (;;) {
      await after(rest, undefined, { ref: false });
      if (stopping || which !== child) return;
      try {
        child = await start();
        return;
      } catch (error) {
        say(`${id} 无法启动 / cannot be started: ${String(error)}`);
      }
    }
  }

  async function isReady(): Promise<boolean> {
    try {
      return (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }

  async function end(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    // One that was frozen hears nothing before it goes on.
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(late);
  }

  return {
    ...{ id, name, replica, url, log, isReady },
    get pid() {
      return child.pid ?? 0;
    },
    get deaths() {
      return deaths;
    },
    kill: (signal) => void child.kill(signal),
    async restart(next = main) {
      const old = child;
      main = next;
      stopping = true;
      await end();
      if (over) return;
      if (old === child) child = await start();
      stopping = over;
      const late = performance.now() + READY_MS;
      while (!over && !(await isReady())) {
        if (performance.now() > late) {
          throw new Unavailable(
            'PROCESS_NOT_READY',
            `${id} does not get ready after its restart; its log tells why: ${log}`,
          );
        }
        await after(POLL_MS);
      }
    },
    async stop() {
      over = true;
      stopping = true;
      await end();
    },
    async lastWords() {
      const text = await readFile(log, 'utf8').catch(() => '');
      return text.trimEnd().split('\n').slice(-3).join('\n');
    },
  };
}
