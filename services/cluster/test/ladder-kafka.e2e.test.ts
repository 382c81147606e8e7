import { randomUUID } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPool } from '@cityloop/postgres';
import { makeTempFolder } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type Cluster, startCluster } from '../src/cluster.ts';
import { Config } from '../src/config.ts';

await ownServers('kafka');
await ownServers('redis');

const PACKS = fileURLToPath(new URL('../../../infra/packs/', import.meta.url));
const INCIDENTS = 40;
const LADDERS = `
ladders:
  - id: centre
    clocks: [accept]
    rungs:
      - {id: late, at: {mark: red}, to: [{role: shift-supervisor, of: centre}]}
      - id: upper
        at: {after: 0.05分钟}
        to: [{role: shift-supervisor, of: centre}]
        supervise: {by: upper, requirement: 请立即受理, reply: 1紧急工作时}
catchUp: 10分钟
notices: {bundle: 1分钟}
`;

/** The demo pack, whose acceptance runs out after half a second. */
async function hastyPack(folder: string): Promise<string> {
  await cp(PACKS, folder, { recursive: true });
  const path = join(folder, 'yangpu');
  const clocks = join(path, 'clocks.yaml');
  const text = await readFile(clocks, 'utf8');
  await writeFile(clocks, text.replace('accept: {limit: 15分钟', 'accept: {limit: 0.008分钟'));
  await writeFile(join(path, 'escalation.yaml'), LADDERS);
  return path;
}

async function send(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return z
    .looseObject({ accessToken: z.string().optional(), id: z.string().optional() })
    .parse(await response.json());
}

async function report({ urls }: Cluster, token: string): Promise<string> {
  const { id } = await send(
    `${urls[0]}/api/v1/incidents`,
    {
      channel: 'walk-in',
      description: '绿地内有散落垃圾',
      location: { lon: 121.501, lat: 31.302, crs: 'WGS84' },
    },
    { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() },
  );
  return id ?? '';
}

it('tells of every rung once on Kafka and Redis, though one of its two processes is killed', async () => {
  const parts = new AsyncDisposableStack();
  onTestFinished(() => parts.disposeAsync());
  const data = parts.use(await makeTempFolder('ladder'));
  const packs = parts.use(await makeTempFolder('packs'));
  const pack = await hastyPack(packs.path);
  const config = Config.parse({ PORT: '0', CITYLOOP_DATA: data.path, CITYLOOP_PACK: pack });
  const cluster = parts.use(
    await startCluster(config, { replicas: { sla: 2 }, say: () => undefined }),
  );
  const { accessToken: token = '' } = await send(`${cluster.urls[0]}/auth/demo/token`, {
    person: 'he-clerk',
  });
  const ids: string[] = [];
  for (let n = 0; n < INCIDENTS; n++) {
    ids.push(await report(cluster, token));
    if (n === INCIDENTS / 2) {
      cluster.processes.find(({ name }) => name === 'sla')?.kill('SIGKILL');
    }
  }

  await using db = createPool(cluster.servers.databaseUrl, { max: 1, name: 'test' });
  const text = `
    select (select count(*) from sla.rung where outcome is not null and rung = 'upper')::int as supervised,
           (select count(distinct (incident_id, clock, epoch, rung)) from sla.rung)::int as rungs,
           (select count(*) from sla.ask where answered_at is null)::int as open,
           (select count(*) from sla.notice where state = 'sent')
           + (select count(*) from sla.rung where missed) as told`;
  // What both fell due before anybody looked is told of in one message.
  await expect
    .poll(async () => (await db.query({ text }))[0], { timeout: 60_000, interval: 200 })
    .toEqual({ supervised: INCIDENTS, rungs: 2 * INCIDENTS, open: 0, told: 2 * INCIDENTS });
  const recorded = await db.query<{ n: number }>({
    text: `select count(*)::int as n from intake_outbox.incident_event
           where body like '{"type":"cn.cityloop.intake.supervised.v1"%' and incident_id = any($1::uuid[])
           group by incident_id`,
    values: [ids],
  });
  expect(recorded.map(({ n }) => n)).toEqual(ids.map(() => 1));
});
