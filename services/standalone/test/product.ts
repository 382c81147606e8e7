import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export type Ended = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};
export type Launched = {
  readonly child: ChildProcess;
  /** All it has said so far. */
  said(): { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Ended>;
};

/** The product as a process of its own, with just these settings. */
export function launch(env: Readonly<Record<string, string>>): Launched {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, said: () => ({ stdout, stderr }) };
}

/** A folder of its own, gone when disposed. */
export async function tempFolder(): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'cityloop-e2e-'));
  return {
    dir,
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  // The shape is what the test expects of it.
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  readonly body: any;
};

export type Person = {
  readonly id: string;
  readonly token: string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** A command on an incident, with a key of its own. */
  give(id: string, verb: string, body?: object): Promise<Answer>;
  report(body?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Uploads a photo like no other and answers its id. */
  photo(): Promise<string>;
};

export type Product = AsyncDisposable & {
  readonly url: string;
  readonly dir: string;
  as(person: string): Promise<Person>;
  said(): { readonly stdout: string; readonly stderr: string };
  stop(): Promise<Ended>;
};

/** Starts the product on a new data folder and waits until it says where it is. */
export async function startProduct(env: Readonly<Record<string, string>> = {}): Promise<Product> {
  const folder = await tempFolder();
  const dir = env.CITYLOOP_DATA ?? folder.dir;
  const { child, said, ended } = launch({ CITYLOOP_DATA: dir, LOG_LEVEL: 'info', ...env });
  const url = await Promise.race([
    new Promise<string>((resolve) => {
      child.stdout?.on('data', () => {
        const found = /API\s+(http:\S+)\/api\/v1/.exec(said().stdout)?.[1];
        if (found !== undefined) resolve(found);
      });
    }),
    ended.then(({ stderr }) => {
      throw new Error(`the product did not start: ${stderr}`);
    }),
  ]);
  const people = new Map<string, Promise<Person>>();
  const stop = async (): Promise<Ended> => {
    child.kill('SIGTERM');
    return ended;
  };
  return {
    url,
    dir,
    said,
    stop,
    as(id) {
      const known = people.get(id) ?? signIn(url, id);
      people.set(id, known);
      return known;
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A point in 五角场街道. */
export const HERE = { lon: 121.501, lat: 31.302, crs: 'WGS84' };

async function signIn(url: string, id: string): Promise<Person> {
  const signed = await fetch(`${url}/auth/demo/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person: id }),
  });
  // Our own answer.
  const { accessToken: token } = (await signed.json()) as { accessToken: string };
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    const response = await fetch(`${url}/api/v1${path}`, { ...init, headers });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    const body: unknown = json && !text.includes('}\n{') ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  };
  const post: Person['post'] = (path, body, headers) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body:
        typeof body === 'string' || body instanceof Uint8Array
          ? Buffer.from(body)
          : JSON.stringify(body),
    });
  return {
    id,
    token,
    get: (path, headers = {}) => send(path, { headers }),
    post,
    give: (incident, verb, body = {}) =>
      post(`/incidents/${incident}/${verb}`, body, { 'idempotency-key': randomUUID() }),
    report: (body = {}, headers) =>
      post(
        '/incidents',
        { channel: 'walk-in', description: '绿地内有散落垃圾', location: HERE, ...body },
        headers,
      ),
    async photo() {
      const answer = await post('/attachments', Buffer.concat([DOT, randomBytes(8)]), {
        'content-type': 'image/png',
      });
      return z.object({ id: z.string() }).parse(answer.body).id;
    },
  };
}

/** Looks again until it holds; the picture and the ledger follow the log by a moment. */
export async function eventually<T>(
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  withinMs = 10_000,
): Promise<T> {
  const patience = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > patience) throw new Error(`still: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
