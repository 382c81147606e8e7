import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from '@cityloop/kernel';
import { type Child, lastLines, launch, untilReady } from './child.ts';
import { freePorts } from './ports.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';
import { makeTempFolder } from './temp-folder.ts';

export type RedisOptions = {
  /** Where its data is kept; a new folder for its life unless given. */
  readonly dir?: string;
  /** A free one of the loopback unless given. */
  readonly port?: number;
  /** Whether it keeps an append-only file, with an fsync each second: yes unless said. */
  readonly aof?: boolean;
  /** How long it may take to load its data, ms; ten seconds unless said. */
  readonly readyMs?: number;
  /** Further settings of Redis, such as `requirepass`. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** A `redis-server` of this process that evicts nothing. */
export type RedisServer = AsyncDisposable & {
  readonly process: ServerProcess;
  /** `redis://127.0.0.1:port` */
  readonly url: string;
  /** Its unix socket: half the cost of TCP. */
  readonly path: string;
  readonly version: string;
};

const PROGRAM = 'redis-server';
const READY_MS = 10_000;
const STOP_MS = 5_000;

/** Rejects with `Unavailable` `REDIS_NOT_INSTALLED` where there is none. */
export async function redisVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(PROGRAM, ['--version']);
    return /v=(\S+)/.exec(stdout)?.[1] ?? 'of unknown version';
  } catch (cause) {
    throw new Unavailable(
      'REDIS_NOT_INSTALLED',
      `there is no ${PROGRAM} on this machine: install it (Debian: apt install redis-server) or give the address of one`,
      {},
      { cause },
    );
  }
}

/** Whether it answers, be it only that it wants a password; it does not while it loads its data. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    socket.setTimeout(1_000, () => socket.destroy(new Error('silent')));
    socket.write('PING\r\n');
    for await (const chunk of socket) return /^(\+PONG|-NOAUTH)/.test(String(chunk));
    return false;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function flagsOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/**
 * Starts Redis and resolves when it answers. Rejects with `Unavailable` `REDIS_NOT_INSTALLED` or
 * `REDIS_START`, with what it said last.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const version = await redisVersion();
  await using parts = new AsyncDisposableStack();
  const dir = options.dir ?? parts.use(await makeTempFolder('redis')).path;
  const port = options.port ?? (await freePorts(1))[0] ?? 0;
  const path = join(dir, 'redis.sock');
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    unixsocket: path,
    dir,
    appendonly: options.aof === false ? 'no' : 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    ...options.settings,
  };
  const { readyMs = READY_MS } = options;
  const start = () => startOnce(flagsOf(settings), dir, path, readyMs);
  // Nobody misses what stands in a folder that goes with it.
  const patienceMs = options.dir === undefined ? 0 : STOP_MS;
  const server = parts.use(await serverProcess(start, patienceMs));
  const owned = parts.move();
  return {
    url: `redis://127.0.0.1:${port}`,
    path,
    version,
    process: server,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startOnce(
  args: readonly string[],
  cwd: string,
  path: string,
  readyMs: number,
): Promise<Child> {
  const logPath = join(cwd, 'redis.log');
  const child = await launch({ program: PROGRAM, args, cwd, logPath });
  if (await untilReady(child, () => answers(path), readyMs)) return child;
  await child.stop(0);
  const said = lastLines(await child.said());
  throw new Unavailable('REDIS_START', `${PROGRAM} did not start: ${said}`);
}
