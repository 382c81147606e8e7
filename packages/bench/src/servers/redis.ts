import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { ArmUnavailable } from '../arm.ts';
import { makeTempFolder } from './temp-folder.ts';

/** A `redis-server` of this process, append-only file with fsync each second, on a unix socket. */
export type RedisServer = AsyncDisposable & { readonly path: string; readonly version: string };

const PROGRAM = 'redis-server';
const READY_MS = 10_000;

async function versionOf(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(PROGRAM, ['--version']);
    return /v=(\S+)/.exec(stdout)?.[1] ?? 'of unknown version';
  } catch (cause) {
    throw new ArmUnavailable(`there is no ${PROGRAM} on this machine`, { cause });
  }
}

async function untilReady(path: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  const client = new Redis({ path, lazyConnect: true, retryStrategy: () => 10 });
  client.on('error', () => undefined);
  try {
    const late = after(deadline - performance.now(), 'late', { ref: false });
    if ((await Promise.race([client.ping(), late])) === 'late')
      throw new ArmUnavailable(`${PROGRAM} did not get ready within ${READY_MS / 1000} s`);
  } finally {
    client.disconnect();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Rejects with `ArmUnavailable` where Redis is not installed or does not come up. */
export async function startRedis(): Promise<RedisServer> {
  const version = await versionOf();
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await makeTempFolder());
  const path = join(folder.path, 'redis.sock');
  const settings = {
    port: '0',
    unixsocket: path,
    dir: folder.path,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // A group of its own: Ctrl-C is for us, who stop it when its clients are gone.
  const options = { stdio: 'ignore', detached: true } as const;
  const child = parts.adopt(spawn(PROGRAM, flags, options), end);
  await once(child, 'spawn');
  await untilReady(path);
  const owned = parts.move();
  return { path, version, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
