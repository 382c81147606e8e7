import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createPool } from '@cityloop/postgres';
import { makeTempFolder } from '@cityloop/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../src/cluster.ts';
import { Config } from '../src/config.ts';
import type { Name } from '../src/plan.ts';
import type { Dispensable } from '../src/servers.ts';
import { clientOf } from './client.ts';

const VERIFY = fileURLToPath(new URL('../../standalone/src/verify-run.ts', import.meta.url));
const PEOPLE = 6;

/** What the services run on. */
export type Profile = {
  readonly what: string;
  readonly without: readonly Dispensable[];
  /** The schema that has every event. */
  readonly words: string;
  /** Who is killed, one after the other. */
  readonly victims: readonly Name[];
};

/** Services as processes are restarted, killed and frozen while people work through the gateways. */
export function replicasStory(profile: Profile): void {
  let parts: AsyncDisposableStack;
  let cluster: Cluster;
  const said: string[] = [];

  beforeAll(async () => {
    parts = new AsyncDisposableStack();
    const folder = parts.use(await makeTempFolder('cluster'));
    cluster = parts.use(
      await startCluster(Config.parse({ PORT: '0', CITYLOOP_DATA: folder.path }), {
        replicas: { gateway: 2, intake: 2, dispatch: 2 },
        without: profile.without,
        say: (line) => said.push(line),
      }),
    );
  });
  afterAll(() => parts.disposeAsync());

  function processOf(name: Name, replica = 1) {
    const found = cluster.processes.find((one) => one.name === name && one.replica === replica);
    if (found === undefined) throw new Error(`there is no ${name}-${replica}`);
    return found;
  }

  /** Every incident is where everybody says it is, and nothing is under way. */
  async function atRest(incidents: number): Promise<void> {
    await using db = createPool(cluster.servers.databaseUrl, { max: 1, name: 'test' });
    await expect
      .poll(
        async () => {
          const [row] = await db.query<{ archived: number; sealed: boolean; shown: number }>({
            text: `select (select count(*) from archive.incident where status = 'archived') as archived,
                        (select count(*) from ${profile.words}.incident_event)
                        = (select max(last_position) from archive.ledger_block) as sealed,
                        (select count(*) from monitor.incident where status = 'archived') as shown`,
          });
          return row;
        },
        { timeout: 20_000, interval: 200 },
      )
      .toEqual({ archived: incidents, sealed: true, shown: incidents });
  }

  async function verified(): Promise<void> {
    const env = { PATH: process.env.PATH ?? '', DATABASE_URL: cluster.servers.databaseUrl };
    const child = spawn(process.execPath, [VERIFY], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (text += chunk));
    await once(child, 'close');
    expect(child.exitCode, text).toBe(0);
  }

  describe(`services as processes ${profile.what}`, () => {
    // A connection that is refused is none: nothing was sent, and whoever balances goes to the next gateway.
    it('are restarted one after the other under load without a failed request', async () => {
      const client = clientOf(cluster.urls);
      const rest = client.work(PEOPLE);
      await cluster.restartRolling();
      await rest();
      expect(client.failures).toEqual([]);
      expect(client.archived.length).toBeGreaterThan(PEOPLE);
      await atRest(client.archived.length);
    });

    it('lose and double nothing when they are killed under load, and come back', async () => {
      await using db = createPool(cluster.servers.databaseUrl, { max: 1, name: 'test' });
      const [before] = await db.query<{ n: number }>({
        text: 'select count(*) as n from archive.incident',
      });
      const client = clientOf(cluster.urls);
      const rest = client.work(PEOPLE);
      const victims = profile.victims.map((name) => processOf(name));
      for (const victim of victims) {
        const done = client.archived.length;
        const { pid } = victim;
        victim.kill('SIGKILL');
        await expect
          .poll(() => victim.pid !== pid && victim.isReady(), { timeout: 30_000 })
          .toBe(true);
        // Work goes on before the next one is killed.
        await expect.poll(() => client.archived.length, { timeout: 30_000 }).toBeGreaterThan(done);
      }
      await rest();
      expect(said.filter((line) => line.includes('SIGKILL'))).toHaveLength(victims.length);
      await atRest((before?.n ?? 0) + client.archived.length);
      await verified();
    });

    it('are done without while they are frozen', async () => {
      const client = clientOf(cluster.urls);
      const frozen = processOf('dispatch');
      frozen.kill('SIGSTOP');
      const rest = client.work(PEOPLE);
      await expect.poll(() => client.archived.length, { timeout: 60_000 }).toBeGreaterThan(PEOPLE);
      frozen.kill('SIGCONT');
      await rest();
      await verified();
    });
  });
}
