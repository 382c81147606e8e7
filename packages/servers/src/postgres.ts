import { readdir, readFile } from 'node:fs/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@cityloop/postgres';
import type { ServerProcess } from './server-process.ts';
import { makeTempFolder } from './temp-folder.ts';

export type PostgresOptions = {
  /** Where its data is kept; a new folder for its life unless given. */
  readonly dir?: string;
  /** Settings of Postgres that differ from those of the product. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** The Postgres of the product, with its settings unless said. */
export type PostgresServer = AsyncDisposable & {
  /** The same after a restart. */
  readonly url: string;
  readonly version: string;
  readonly pid: number;
  /** All of it at once: a signal goes to the server and to whoever works for it. */
  readonly process: ServerProcess;
};

/** For tests, none of which is about a power cut: three times as fast, and nothing survives one. */
export const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Starts the embedded Postgres; takes a second when its data has to be made. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  await using parts = new AsyncDisposableStack();
  const dataDir = options.dir ?? parts.use(await makeTempFolder('postgres')).path;
  const settings = options.settings ?? {};
  const { url, version, process } = await postgresProcess(() =>
    startEmbeddedPostgres({ dataDir, settings }),
  );
  parts.use(process);
  const owned = parts.move();
  return {
    url,
    version,
    process,
    get pid() {
      return process.pid;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function postgresProcess(start: () => Promise<EmbeddedPostgres>) {
  let server = await start();
  let running = true;
  const watch = (one: EmbeddedPostgres): void => {
    running = true;
    void one.exited.then(() => {
      if (one === server) running = false;
    });
  };
  watch(server);

  async function signalAll(name: NodeJS.Signals): Promise<void> {
    const all = [server.pid, ...(await childrenOf(server.pid))];
    for (const pid of all) signal(pid, name);
  }

  async function stop(): Promise<void> {
    // One that was frozen hears nothing before it goes on.
    if (running) await signalAll('SIGCONT');
    await server.stop();
  }

  const handle: ServerProcess = {
    get pid() {
      return server.pid;
    },
    get running() {
      return running;
    },
    kill: (name) => void signalAll(name),
    async restart() {
      if (running) {
        await signalAll('SIGKILL');
        await server.exited;
      }
      await server.stop();
      server = await start();
      watch(server);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
  return { url: server.url, version: server.version, process: handle };
}

/** Processes that one has started; none where the system has no table of them to read. */
async function childrenOf(parent: number): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(parentOf));
  return pids.filter((_, n) => parents[n] === parent);
}

async function parentOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // Behind the name, which may hold anything: the state, then the parent.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? undefined : Number(fields[1]);
}

/** One that is gone has got what it was to get. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone.
  }
}
