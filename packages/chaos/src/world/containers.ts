import { execFile } from 'node:child_process';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Fault } from '../plan/plan.ts';

const run = promisify(execFile);
const Row = z.looseObject({
  Name: z.string(),
  Service: z.string(),
  State: z.string(),
  Health: z.string().default(''),
});

/** Every other connection; the socket in the container of the image asks for no password. */
const END_BACKENDS = `select pg_terminate_backend(pid) from pg_stat_activity
  where backend_type = 'client backend' and pid <> pg_backend_pid() and pid % 2 = 0`;

/** The containers of one compose project. */
export type Containers = {
  readonly services: readonly string[];
  readonly brokers: readonly string[];
  readonly redis: readonly string[];
  readonly postgres: readonly string[];
  inflict(fault: Fault): Promise<void>;
  unhealthy(): Promise<readonly string[]>;
};

/** Finds them by `docker compose`; rejects where that does not answer. */
export async function openContainers(folder: string): Promise<Containers> {
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await run('docker', [...args], { cwd: folder })).stdout;

  async function list(): Promise<readonly z.infer<typeof Row>[]> {
    const text = await docker('compose', 'ps', '--format', 'json');
    return text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => Row.parse(JSON.parse(line)));
  }

  const turns = new Map<string, Promise<void>>();

  /** One thing at a time is done to a container: faults of all of them meet those of one. */
  function inTurn(name: string, act: () => Promise<void>): Promise<void> {
    const done = (turns.get(name) ?? Promise.resolve()).then(act);
    turns.set(
      name,
      done.catch(() => undefined), // told to whoever wanted it
    );
    return done;
  }

  const killed = (name: string, forMs: number): Promise<void> =>
    inTurn(name, async () => {
      await docker('kill', name);
      await after(forMs);
      // What is killed by hand is not started again by itself.
      await docker('start', name);
    });

  const paused = (name: string, forMs: number): Promise<void> =>
    inTurn(name, async () => {
      await docker('pause', name);
      await after(forMs);
      await docker('unpause', name);
    });

  const restarted = (name: string): Promise<void> =>
    inTurn(name, async () => void (await docker('restart', name)));

  const all = await list();
  const called = (pattern: RegExp) =>
    all.filter(({ Service }) => pattern.test(Service)).map(({ Name }) => Name);
  const services = called(
    /^(gateway|intake|dispatch|handling|verification|archive|monitor|district|sla)$/,
  );
  const [redis, postgres] = [called(/redis/), called(/postgres/)];

  return {
    services,
    redis,
    postgres,
    brokers: called(/kafka|broker/),
    async inflict({ kind, target, forMs }) {
      if (kind.endsWith('-freeze')) await paused(target, forMs);
      else if (kind === 'rebalance') await Promise.all(services.map((name) => killed(name, 0)));
      else if (kind === 'rolling-restart') {
        for (const name of services) await restarted(name);
      } else if (kind === 'redis-flush' || kind === 'redis-emptied') {
        await docker('exec', target, 'redis-cli', 'FLUSHALL');
      } else if (kind === 'postgres-backends') {
        await docker('exec', target, 'psql', '-U', 'postgres', '-qc', END_BACKENDS);
      } else await killed(target, forMs);
    },
    async unhealthy() {
      const bad = (await list()).filter(
        ({ State, Health }) => State !== 'running' || !['', 'healthy'].includes(Health),
      );
      return bad.map(({ Name }) => Name);
    },
  };
}
