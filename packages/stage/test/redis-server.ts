import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

/** A `redis-server` of a test file, to be treated as badly as life does. */
export type RedisProcess = AsyncDisposable & {
  readonly url: string;
  kill(signal: NodeJS.Signals): void;
  /** Ends it (`kill -9`) if it still runs, and starts it again on the same data and port. */
  restart(): Promise<void>;
};

export async function startRedis(
  options: { readonly aof?: boolean; readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<RedisProcess> {
  const dir = await mkdtemp(join(tmpdir(), 'cityloop-redis-'));
  const port = await freePort();
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir,
    appendonly: options.aof === false ? 'no' : 'yes',
    save: '',
    'maxmemory-policy': 'noeviction',
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const start = async () => {
    const started = spawn('redis-server', flags, { stdio: 'ignore' });
    await once(started, 'spawn');
    await vi.waitFor(() => answers(port), { timeout: 10_000, interval: 20 });
    return started;
  };
  let child = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: (signal) => child.kill(signal),
    async restart() {
      await end(child);
      child = await start();
    },
    async [Symbol.asyncDispose]() {
      await end(child);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.setTimeout(1_000, () => socket.destroy(new Error('silent')));
    socket.write('PING\r\n');
    for await (const chunk of socket) {
      if (/^(\+PONG|-NOAUTH)/.test(String(chunk))) return;
      throw new Error(`it says ${chunk}`);
    }
    throw new Error('it hung up');
  } finally {
    socket.destroy();
  }
}
