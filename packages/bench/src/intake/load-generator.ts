import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import type { Target } from '../arm.ts';

/** What the clients saw. */
export type LoadResult = {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx; a figure with any is worth nothing. */
  readonly refused: number;
};

type Load = {
  readonly target: Target;
  readonly connections: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
};

type Tally = { answers: number; refused: number; readonly latency: RecordableHistogram };

const NS_PER_MS = 1e6;
const HEAD_END = Buffer.from('\r\n\r\n');

// Coprime to the number of values, so that all of them come before one comes again.
const SCATTER = { a: 7_919, b: 3_571, values: 10_000 };

const digits = (value: number, length: number): string => String(value).padStart(length, '0');

function fill(text: string, n: number): string {
  return text
    .replaceAll('{id}', digits(n, 12))
    .replaceAll('{a}', digits((n * SCATTER.a) % SCATTER.values, 4))
    .replaceAll('{b}', digits((n * SCATTER.b) % SCATTER.values, 4));
}

/** Makes the requests of a target, each from a template, as what is filled in is of one length. */
function requestMaker(target: Target): () => Buffer {
  const { host, port, method, path, headers } = target;
  const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} ${path} HTTP/1.1`, `host: ${host}:${port}`, ...extra].join('\r\n');
  if (method === 'GET') {
    const request = Buffer.from(`${head}\r\n\r\n`);
    return () => request;
  }
  const templates = target.bodies.map((body) => {
    const length = Buffer.byteLength(fill(body, 1));
    return `${head}\r\ncontent-length: ${length}\r\n\r\n${body}`;
  });
  let next = 0;
  return () => {
    next += 1;
    return Buffer.from(fill(templates[next % templates.length] ?? '', next));
  };
}

/** Length of a whole answer at the start of `bytes`, or nothing while some of it is missing. */
function answerLength(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  const whole = headEnd + HEAD_END.length + bodyLength;
  return bytes.length >= whole ? whole : undefined;
}

const isSuccess = (bytes: Buffer): boolean => bytes[9] === '2'.charCodeAt(0);

/** One client with one request under way at a time, on a connection that stays open. */
function runClient(socket: Socket, makeRequest: () => Buffer, tally: () => Tally): void {
  let pending = Buffer.alloc(0);
  let sentAt = process.hrtime.bigint();
  const send = (): void => {
    sentAt = process.hrtime.bigint();
    socket.write(makeRequest());
  };
  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const length = answerLength(pending);
    if (length === undefined) return;
    const now = tally();
    now.latency.record(process.hrtime.bigint() - sentAt);
    now.answers += 1;
    if (!isSuccess(pending)) now.refused += 1;
    pending = pending.subarray(length);
    send();
  });
  send();
}

const newTally = (): Tally => ({ answers: 0, refused: 0, latency: createHistogram() });

/**
 * Keeps `connections` clients busy for the warm-up and then for `seconds`, of which it tells. Written
 * on bare sockets, since on two cores a heavy client takes from the server what it measures. Rejects
 * when a connection breaks.
 */
export async function generateLoad(load: Load): Promise<LoadResult> {
  const { target, connections } = load;
  const sockets = Array.from({ length: connections }, () => connect(target.port, target.host));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const broken = Promise.race(
    sockets.map(async (socket) => {
      await once(socket, 'close');
      throw new Error(`${target.path}: the server closed a connection under load`);
    }),
  );
  let tally = newTally();
  const makeRequest = requestMaker(target);
  for (const socket of sockets) {
    socket.setNoDelay(true);
    runClient(socket, makeRequest, () => tally);
  }
  await Promise.race([after(load.warmUpSeconds * 1_000), broken]);
  tally = newTally();
  const startedAt = performance.now();
  await Promise.race([after(load.seconds * 1_000), broken]);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { answers, refused, latency } = tally;
  broken.catch(() => undefined);
  for (const socket of sockets) socket.destroy();
  return {
    requestsPerSecond: answers / seconds,
    p50Ms: latency.percentile(50) / NS_PER_MS,
    p99Ms: latency.percentile(99) / NS_PER_MS,
    refused,
  };
}
