import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import type { DatabaseLogger } from '../logger.ts';
import { type Account, invocation } from './account.ts';
import { type Binaries, program } from './binaries.ts';
import { programEnvironment, seenFromInside } from './cluster.ts';
import type { SocketPlace } from './folders.ts';
import { mark } from './orphan.ts';
import { signal } from './process-table.ts';
import { settingArguments } from './settings.ts';

/** How a server ended. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A server process of ours, ready or not. */
export type Server = {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** What it said last, oldest first. */
  readonly lines: readonly string[];
  /** Stops it: in good order, then at once, then for good. Nothing committed is lost by any. */
  stop(): Promise<void>;
};

const KEPT_LINES = 50;
const POLL_MS = 10;
const STEPS: readonly (readonly [signal: NodeJS.Signals, waitMs: number])[] = [
  ['SIGINT', 7_000],
  ['SIGQUIT', 2_000],
  ['SIGKILL', 1_000],
];
// The eighth line of the pid file is the state, padded.
const STATE_LINE = 7;

const CUT_OFF = 'terminating connection due to administrator command';

type Level = keyof DatabaseLogger;
const LEVELS: Readonly<Record<string, Level>> = {
  WARNING: 'warn',
  FATAL: 'warn',
  PANIC: 'error',
};

function listen(child: ChildProcess, logger: DatabaseLogger): readonly string[] {
  const lines: string[] = [];
  if (child.stderr === null) return lines;
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    const [severity = '', ...rest] = line.split(':  ');
    // What it says of connections it ends because it was told to stop is no news.
    const expected = child.killed && line.includes(CUT_OFF);
    logger[expected ? 'debug' : (LEVELS[severity] ?? 'debug')](
      { said: rest.join(':  ') || line },
      'database server',
    );
  });
  return lines;
}

/** Starts the server without waiting for it. */
export async function launch(options: {
  readonly binaries: Binaries;
  readonly account: Account;
  readonly cluster: string;
  readonly place: SocketPlace;
  readonly settings: Readonly<Record<string, string>>;
  readonly logger: DatabaseLogger;
}): Promise<Server> {
  const { account, cluster } = options;
  const words = [
    program(options.binaries, 'postgres'),
    '-D',
    seenFromInside(account, cluster),
    ...settingArguments({ ...options.settings, unix_socket_directories: options.place.folder }),
    '-c',
    mark(cluster),
  ];
  const { file, args } = invocation(account, words, true);
  const child = spawn(file, args, {
    cwd: cluster,
    env: programEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C goes to the whole group of the terminal: the services must be done first.
    detached: true,
    ...(account.kind === 'other' ? { uid: account.uid, gid: account.gid } : {}),
  });
  const lines = listen(child, options.logger);
  const exited = new Promise<Exit>((resolve) => {
    child.on('close', (code, by) => resolve({ code, signal: by }));
  });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const onExit = (): void => signal(pid, 'SIGINT');
  process.on('exit', onExit);
  exited.finally(() => process.removeListener('exit', onExit)).catch(() => undefined);
  return { pid, exited, lines, stop: () => stop(child, exited) };
}

async function stop(child: ChildProcess, exited: Promise<Exit>): Promise<void> {
  for (const [name, waitMs] of STEPS) {
    child.kill(name);
    const late = new AbortController();
    const waiting = after(waitMs, 'late' as const, { signal: late.signal }).catch(() => undefined);
    const first = await Promise.race([exited, waiting]);
    late.abort();
    if (first !== 'late') return;
  }
}

/** Waits until the server takes connections; false when it ended instead. */
export async function untilReady(server: Server, cluster: string): Promise<boolean> {
  let ended = false;
  server.exited.then(
    () => {
      ended = true;
    },
    () => undefined,
  );
  while (!ended) {
    const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
    const lines = text.split('\n');
    if (lines[0] === String(server.pid) && lines[STATE_LINE]?.trim() === 'ready') return true;
    await after(POLL_MS);
  }
  return false;
}
