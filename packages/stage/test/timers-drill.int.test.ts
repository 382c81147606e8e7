import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { migrateEventLog } from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { type RedisServer as RedisProcess, startRedis } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { type Armed, connectRedis, type RedisServer } from '@cityloop/timers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { migrateStage } from '../src/stage.ts';
import { postgresTimerRows } from '../src/timer-rows.ts';
import { startWorker, type Worker } from './timers-drill.ts';

await ownServers('redis');

const ARMED = 100_000;
const CANCELLED = 20_000;
const FIRED = ARMED - CANCELLED;
const LEASE_MS = 2_000;
/** The first is due when all are armed; then they come evenly. */
const FIRST_MS = 8_000;
const SPAN_MS = 18_000;
const PAGE = 5_000;
/** How exactly a process knows its database's clock. */
const PRECISION = '5 ms';
const CENTRES = ['310110', '310110009', '310110019', '310110022'];

let database: TestDatabase;
let db: Database;
let server: RedisProcess;
let redis: RedisServer;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createPool(database.url, { max: 4, name: 'drill' });
  await migrateEventLog(db);
  await migrateStage(db, 'handling');
  await db.query({
    text: 'create table fired (incident_id uuid, due_at timestamptz, at timestamptz, by text)',
  });
  server = await startRedis();
  redis = await connectRedis({ url: server.url });
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await db.close();
  await database[Symbol.asyncDispose]();
});

/** Alarms spread evenly over the span, in no order. */
function planned(startMs: number): Armed[] {
  return Array.from({ length: ARMED }, (_, n) => ({
    id: randomUUID(),
    centreId: CENTRES[n % CENTRES.length] ?? '',
    dueMs: startMs + Math.floor((((n * 7_919) % ARMED) / ARMED) * SPAN_MS),
  }));
}

/** Commits a page of rows; a thing without an instant is due no more. */
async function write(page: readonly Armed[], cancelled: boolean): Promise<void> {
  await db.query({
    text: `insert into handling.incident as held
             (incident_id, base, version, since, custodian, held, status, centre_id, next_due_at)
           select id, 0, 1, 1, 'handling', true, 'handling', centre,
                  case when $4 then null else to_timestamp(due / 1000) end
           from unnest($1::uuid[], $2::text[], $3::float8[]) as given (id, centre, due)
           on conflict (incident_id) do update set version = held.version + 1, next_due_at = null`,
    values: [
      page.map(({ id }) => id),
      page.map(({ centreId }) => centreId),
      page.map(({ dueMs }) => dueMs),
      cancelled,
    ],
  });
}

async function firedCount(): Promise<number> {
  const [row] = await db.query<{ n: number }>({ text: 'select count(*)::int as n from fired' });
  return row?.n ?? 0;
}

/** Waits until so large a part of all has been fired. */
const firedPart = (part: number) =>
  vi.waitFor(async () => expect(await firedCount()).toBeGreaterThanOrEqual(FIRED * part), {
    timeout: 60_000,
    interval: 50,
  });

/** Has everything in Redis forgotten, as an operator may by mistake. */
async function flushAll(): Promise<void> {
  const { port, hostname } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.end('FLUSHALL\r\n');
  for await (const answer of socket) expect(String(answer)).toBe('+OK\r\n');
}

type Lateness = { readonly p50: number; readonly p99: number; readonly most: number };

/** How late they were fired, ms; from one instant on to another, by when they were due. */
async function lateness(fromMs: number, toMs: number): Promise<Lateness> {
  const [row] = await db.query<Lateness>({
    text: `select percentile_disc(0.5) within group (order by late)::int as p50,
                  percentile_disc(0.99) within group (order by late)::int as p99,
                  max(late)::int as most
           from (select extract(epoch from at - due_at) * 1000 as late from fired
                 where due_at between to_timestamp($1::float8 / 1000) and to_timestamp($2::float8 / 1000)) as l`,
    values: [fromMs, toMs],
  });
  return row ?? { p50: 0, p99: 0, most: 0 };
}

const show = ({ p50, p99, most }: Lateness) => `p50 ${p50} ms, p99 ${p99} ms, max ${most} ms`;

it('rings 80,000 of 100,000 alarms once each, whatever happens to Redis and to a worker', async () => {
  const rows = postgresTimerRows(db, 'handling');
  const index = await redis.timers({ service: 'handling', rows });
  const startMs = Date.now() + FIRST_MS;
  const all = planned(startMs);
  for (let n = 0; n < ARMED; n += PAGE) {
    const page = all.slice(n, n + PAGE);
    await write(page, false);
    await index.arm(page.map(({ id, ...now }) => ({ id, now })));
  }
  const cancelled = all.slice(0, CANCELLED);
  for (let n = 0; n < CANCELLED; n += PAGE) {
    const page = cancelled.slice(n, n + PAGE);
    await write(page, true);
    await index.arm(page.map(({ id, ...before }) => ({ id, before })));
  }

  const setting = { databaseUrl: database.url, redisUrl: server.url, leaseMs: LEASE_MS };
  const workers: readonly [Worker, Worker] = await Promise.all([
    startWorker({ ...setting, name: 'worker-1' }),
    startWorker({ ...setting, name: 'worker-2' }),
  ]);
  const beganMs = Math.max(startMs, Date.now() + 500);
  try {
    await firedPart(0.25);
    const quietMs = Date.now() - 100;
    await flushAll();
    await firedPart(0.45);
    server.process.kill('SIGKILL');
    await firedPart(0.55);
    await server.process.restart();
    await firedPart(0.7);
    // Otherwise it would have claimed from the rows, without a lease that others know of.
    await vi.waitFor(() => expect(workers.map(({ state }) => state)).toEqual(['ok', 'ok']), {
      timeout: 20_000,
      interval: 10,
    });
    const inItsHands = await workers[1].freeze();
    expect(inItsHands.length).toBeGreaterThan(0);
    await vi.waitFor(
      async () => {
        const [others] = await db.query<{ n: number }>({
          text: `select count(*)::int as n from fired
                 where incident_id = any($1::uuid[]) and by = 'worker-1'`,
          values: [inItsHands],
        });
        expect(others?.n).toBe(inItsHands.length);
      },
      { timeout: 20_000, interval: 50 },
    );
    workers[1].thaw();
    await firedPart(1);
    // What was fired from the rows meanwhile is found out of date when it is claimed.
    await vi.waitFor(
      async () => {
        for (const centre of CENTRES) expect(await index.countdown(centre, 1)).toEqual([]);
      },
      { timeout: 20_000, interval: 50 },
    );

    const quiet = await lateness(beganMs, quietMs);
    const rough = await lateness(quietMs, startMs + SPAN_MS);
    const rebuilds = workers[0].rebuilds + workers[1].rebuilds;
    const missing = workers[0].missing + workers[1].missing;
    process.stdout.write(
      `${FIRED} of ${ARMED} alarms; undisturbed: ${show(quiet)}; then: ${show(rough)}; ` +
        `entered anew ${rebuilds} times, ${missing} by sweeps\n`,
    );
  } finally {
    for (const worker of workers) await worker[Symbol.asyncDispose]();
  }

  const [told] = await db.query<{ fired: number; things: number; early: number; wrong: number }>({
    text: `select count(*)::int as fired, count(distinct incident_id)::int as things,
                  (count(*) filter (where at < due_at - $2::interval))::int as early,
                  (count(*) filter (where incident_id = any($1::uuid[])))::int as wrong
           from fired`,
    values: [cancelled.map(({ id }) => id), PRECISION],
  });
  expect(told).toEqual({ fired: FIRED, things: FIRED, early: 0, wrong: 0 });
}, 90_000);
