import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts, makeTempFolder, type RedisServer, startRedis } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connectRedis, type Place, rowsAmong, startAlarms } from '../src/index.ts';
import { type RedisWorld, redisWorld } from './redis-world.ts';

const CENTRE = '310110009';

await ownServers('redis');

async function redisWith(options: Parameters<typeof startRedis>[0] = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function worldOn(server: RedisServer, prefix: string = randomUUID()): Promise<RedisWorld> {
  const world = await redisWorld({ url: server.url, prefix });
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}

/** Alarms that take off what they are nudged about, and what that was. */
function ringing(world: RedisWorld) {
  const rung: string[] = [];
  const alarms = startAlarms({
    index: world.index,
    rows: world.rows,
    nowMs: () => Date.now(),
    async nudge(id) {
      rung.push(id);
      await world.set(id, undefined);
    },
    maxSleepMs: 100,
    sweepMs: 300,
  });
  onTestFinished(() => alarms[Symbol.asyncDispose]());
  return { alarms, rung };
}

const inMs = (ms: number): Place => ({ centreId: CENTRE, dueMs: Date.now() + ms });

async function armed(world: RedisWorld, count: number, place: () => Place): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const id of ids) await world.set(id, place());
  return ids;
}

const becomes = (look: () => unknown, wanted: unknown) =>
  vi.waitFor(async () => expect(await look()).toEqual(wanted), { timeout: 20_000, interval: 10 });

it('rings from the rows while Redis is away, and from Redis when it is back', async () => {
  const server = await redisWith();
  const world = await worldOn(server);
  const { rung } = ringing(world);
  const before = await armed(world, 5, () => inMs(50));
  await becomes(() => rung.length, 5);
  expect(world.index.state()).toBe('ok');

  server.process.kill('SIGKILL');
  const meanwhile = await armed(world, 5, () => inMs(500));
  const later = await armed(world, 1, () => inMs(3_600_000));
  await becomes(() => rung.length, 10);
  expect(world.index.state()).toBe('degraded');
  await server.process.restart();
  await becomes(() => world.index.state(), 'ok');
  // What was armed while it was away is there (and perhaps what was leased when it went).
  const listed = await world.index.countdown(CENTRE, 9);
  expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(later));
  expect(new Set(rung)).toEqual(new Set([...before, ...meanwhile]));
});

it('rings from the rows while Redis is frozen', async () => {
  const server = await redisWith();
  const world = await worldOn(server);
  const { rung } = ringing(world);
  const ids = await armed(world, 3, () => inMs(300));
  server.process.kill('SIGSTOP');
  await becomes(() => rung.toSorted(), ids.toSorted());
  server.process.kill('SIGCONT');
  await becomes(() => world.index.state(), 'ok');
});

it('has everything again after a restart without its data', async () => {
  const server = await redisWith({ aof: false });
  const world = await worldOn(server);
  const { rung } = ringing(world);
  const ids = await armed(world, 20, () => inMs(3_600_000));
  await server.process.restart();
  await becomes(async () => {
    const there = await world.index.countdown(CENTRE, 100);
    return [world.index.state(), there.map(({ id }) => id).toSorted()];
  }, ['ok', ids.toSorted()]);
  expect(rung).toEqual([]);
});

it('is entered anew by one of several that see that all is lost', async () => {
  const server = await redisWith({ aof: false });
  const rebuilt: number[] = [];
  const places = new Map<string, Place>();
  const rows = rowsAmong(() => [...places].map(([id, place]) => ({ id, ...place })));
  for (let n = 0; n < 50; n++) places.set(randomUUID(), inMs(3_600_000));
  const redis = await connectRedis({ url: server.url });
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const probe = { rebuilt: (missing: number) => rebuilt.push(missing) };
  const indexes = await Promise.all(
    [1, 2, 3].map(() => redis.timers({ service: 'intake', rows, probe })),
  );
  await becomes(() => indexes.map((index) => index.state()), ['ok', 'ok', 'ok']);
  expect(rebuilt).toEqual([50]);
  expect(await indexes[2]?.countdown(CENTRE, 100)).toHaveLength(50);
  // Another service has a list of its own.
  const other = await redis.timers({ service: 'archive', rows: rowsAmong(() => []) });
  expect(await other.countdown(CENTRE, 100)).toEqual([]);
});

it('finds by a sweep what the index was never told', async () => {
  const server = await redisWith();
  const prefix = randomUUID();
  const world = await worldOn(server, prefix);
  const id = randomUUID();
  // Another process committed, and died before it could say so.
  const dead = new Map<string, Place>([[id, inMs(-60_000)]]);
  const rung: string[] = [];
  const missing: number[] = [];
  const alarms = startAlarms({
    index: world.index,
    rows: rowsAmong(() => [...dead].map(([one, place]) => ({ id: one, ...place }))),
    nowMs: () => Date.now(),
    async nudge(one) {
      rung.push(one);
      dead.delete(one);
    },
    sweepMs: 100,
    onMissing: (count) => missing.push(count),
  });
  onTestFinished(() => alarms[Symbol.asyncDispose]());
  await becomes(() => rung, [id]);
  expect(missing).toEqual([1]);
});

it('works with a password, and from the rows with a wrong one', async () => {
  const server = await redisWith({ settings: { requirepass: 'se#cret' } });
  const withPassword = (word: string) =>
    redisWorld({ url: server.url.replace('//', `//:${encodeURIComponent(word)}@`) });
  const right = await withPassword('se#cret');
  onTestFinished(() => right[Symbol.asyncDispose]());
  expect(right.index.state()).toBe('ok');
  const wrong = await withPassword('wrong');
  onTestFinished(() => wrong[Symbol.asyncDispose]());
  expect(wrong.index.state()).toBe('degraded');
  const { rung } = ringing(wrong);
  const ids = await armed(wrong, 1, () => inMs(10));
  await becomes(() => rung, ids);
});

it('works over TLS, and from the rows where it does not trust the other end', async () => {
  await using folder = await makeTempFolder('tls');
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder.path, name));
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', key ?? '', '-out', cert ?? ''],
  ]);
  const [tlsPort = 0] = await freePorts(1);
  await redisWith({
    settings: {
      port: '0',
      'tls-port': String(tlsPort),
      'tls-cert-file': cert ?? '',
      'tls-key-file': key ?? '',
      'tls-auth-clients': 'no',
      requirepass: 'secret',
    },
  });
  const url = `rediss://:secret@127.0.0.1:${tlsPort}`;
  const trusting = await redisWorld({ url, tls: { ca: await readFile(cert ?? '') } });
  onTestFinished(() => trusting[Symbol.asyncDispose]());
  expect(trusting.index.state()).toBe('ok');
  const { rung } = ringing(trusting);
  const ids = await armed(trusting, 3, () => inMs(20));
  await becomes(() => rung.toSorted(), ids.toSorted());

  for (const refused of [{ url }, { url: url.replace('rediss:', 'redis:') }]) {
    const world = await redisWorld(refused);
    onTestFinished(() => world[Symbol.asyncDispose]());
    expect(world.index.state()).toBe('degraded');
  }
});

it('refuses an address that is none, without repeating it', async () => {
  const refused = connectRedis({ url: 'http://:se#cret@somewhere' });
  await expect(refused).rejects.toMatchObject({
    code: 'REDIS_ADDRESS',
    message: expect.not.stringContaining('cret'),
  });
});
