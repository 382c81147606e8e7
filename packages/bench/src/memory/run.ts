import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTempFolder } from '@cityloop/servers';
import { describeMachine } from '../machine/describe.ts';
import { memoryByProgram } from '../machine/process-tree.ts';
import type { Options } from '../options.ts';
import { signIn } from '../ours/report-request.ts';
import { median } from '../statistics.ts';
import { mebibytes } from '../table.ts';

const PROGRAM = fileURLToPath(
  new URL('../../../../services/standalone/src/main.ts', import.meta.url),
);
const POLL_MS = 5;
const GIVE_UP_MS = 60_000;
const BODY = JSON.stringify({
  channel: 'grid-worker',
  categoryCode: 'E01-28',
  description: 'Bags of rubbish beside the bins, blocking the pavement',
  location: { lon: 121.4951, lat: 31.3021, crs: 'WGS84' },
});

type Started = {
  readonly child: ChildProcess;
  readonly url: string;
  readonly firstStoredMs: number;
};

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

async function store(url: string): Promise<void> {
  const token = await signIn(url, 'tao-grid');
  const response = await fetch(new URL('/api/v1/incidents', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: BODY,
  });
  if (response.status !== 201) throw new Error(`the report was answered ${response.status}`);
  await response.arrayBuffer();
}

/** Whether anybody answers there yet. */
const answers = (url: string): Promise<boolean> =>
  fetch(new URL('/live', url)).then(
    (response) => response.ok,
    () => false,
  );

/** Starts the product as `npm start` does after the install, and stores a first incident. */
async function startAndStore(dataDir: string): Promise<Started> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PORT: String(port), CITYLOOP_DATA: dataDir },
  });
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`the product ended with ${child.exitCode}`);
    if (performance.now() - startedAt > GIVE_UP_MS) throw new Error('the product does not answer');
    await after(POLL_MS);
  }
  await store(url);
  return { child, url, firstStoredMs: performance.now() - startedAt };
}

async function stopWithin(child: ChildProcess): Promise<number> {
  const startedAt = performance.now();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  if (child.exitCode !== 0)
    throw new Error(`the product ended with ${child.exitCode} when it was told to stop`);
  return performance.now() - startedAt;
}

type Round = {
  readonly coldMs: number;
  readonly idleBytes: ReadonlyMap<string, number>;
  readonly stopMs: number;
  readonly restartMs: number;
};

async function measure(idleSeconds: number): Promise<Round> {
  await using folder = await makeTempFolder('bench');
  const first = await startAndStore(folder.path);
  await after(idleSeconds * 1_000);
  const idleBytes = await memoryByProgram(first.child.pid ?? 0);
  const stopMs = await stopWithin(first.child);
  const second = await startAndStore(folder.path);
  await stopWithin(second.child);
  return {
    coldMs: first.firstStoredMs,
    idleBytes,
    stopMs,
    restartMs: second.firstStoredMs,
  };
}

const total = (bytes: ReadonlyMap<string, number>): number =>
  [...bytes.values()].reduce((sum, value) => sum + value, 0);

/** Measures what the whole needs when nothing happens and how fast it comes up, and prints it. */
export async function runMemory(options: Options): Promise<boolean> {
  console.log(
    `the product in a process of its own, idle for ${options.seconds} s, ${options.rounds} rounds`,
  );
  const rounds: Round[] = [];
  for (let n = 1; n <= options.rounds; n += 1) {
    const round = await measure(options.seconds);
    rounds.push(round);
    const parts = [...round.idleBytes].map(([program, bytes]) => `${program} ${mebibytes(bytes)}`);
    console.log(
      `  round ${n}  idle ${mebibytes(total(round.idleBytes))} (${parts.join(' + ')}), first incident stored after ${seconds(round.coldMs)}, after a restart ${seconds(round.restartMs)}, stop ${seconds(round.stopMs)}`,
    );
  }
  const medianOf = (figure: (round: Round) => number): number => median(rounds.map(figure));
  console.log(`
idle memory (PSS, with Postgres)           ${mebibytes(medianOf((round) => total(round.idleBytes)))}
cold start to the first stored incident    ${seconds(medianOf((round) => round.coldMs))}
restart to the first stored incident       ${seconds(medianOf((round) => round.restartMs))}
stop                                       ${seconds(medianOf((round) => round.stopMs))}
${describeMachine()}`);
  return true;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
