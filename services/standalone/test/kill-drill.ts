import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './product.ts';

export const MAP = fileURLToPath(new URL('../../../infra/imports/la-311.yaml', import.meta.url));

/** A product that may be killed and comes back on the same port and data. */
export type Victim = AsyncDisposable & {
  readonly url: string;
  /** kill -9 of the product, `whole`: of its database too; then starts it at once. */
  killAndRestart(whole: boolean): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
};

/** Starts the product with the pack `la-311` on a folder. */
export async function startVictim(dir: string): Promise<Victim> {
  let port = '0';
  let running = await up(dir, port);
  port = new URL(running.url).port;
  const stop = async (): Promise<void> => {
    running.child.kill('SIGTERM');
    await running.ended;
  };
  return {
    url: running.url,
    stop,
    async killAndRestart(whole) {
      const database = whole ? await databasePid(dir) : undefined;
      running.child.kill('SIGKILL');
      if (database !== undefined) process.kill(database, 'SIGKILL');
      await running.ended;
      running = await up(dir, port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function up(dir: string, port: string) {
  const launched = launch({ CITYLOOP_DATA: dir, CITYLOOP_PACK: 'la-311', PORT: port });
  const { child, ended, said } = launched;
  const url = await Promise.race([
    new Promise<string>((resolve) => {
      child.stdout?.on('data', () => {
        const found = /API\s+(http:\S+)\/api\/v1/.exec(said().stdout)?.[1];
        if (found !== undefined) resolve(found);
      });
    }),
    ended.then(({ stderr }) => {
      throw new Error(`the product did not come up: ${stderr}`);
    }),
  ]);
  return { child, ended, url };
}

/** The database is a process of its own, which outlives the one that started it. */
async function databasePid(dir: string): Promise<number> {
  const text = await readFile(join(dir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

const HEADER =
  'SRNumber,CreatedDate,Owner,RequestType,Status,RequestSource,MobileOS,Anonymous,ServiceDate,ClosedDate,ApproximateAddress,Address,Latitude,Longitude,CD';
const OWNERS = ['BOS', 'OCB', 'BSL', 'LADWP', 'ITA'];

/** Source numbers of generated records. */
export const sourceNumber = (n: number): string => `9-${String(n).padStart(9, '0')}`;

/** Writes records like those of Los Angeles; every tenth is cancelled, every 25th referred out. */
export async function writeRecords(path: string, count: number): Promise<void> {
  const two = (n: number): string => String(n).padStart(2, '0');
  const lines = Array.from({ length: count }, (_, n) => {
    const clock = `${two(1 + (n % 11))}:${two(n % 60)}:${two((n * 7) % 60)}`;
    const owner = OWNERS[n % OWNERS.length] ?? 'BOS';
    return [
      sourceNumber(n),
      `01/02/2018 ${clock} AM`,
      owner,
      'Bulky Items',
      statusOf(n),
      'Call,,N',
      '01/03/2018 12:00:00 AM',
      `01/04/2018 ${clock} PM`,
      '',
      `"${n} W 1ST ST, 90012"`,
      '34.05,-118.24',
      String(1 + (n % 15)),
    ].join(',');
  });
  await writeFile(path, `${HEADER}\n${lines.join('\n')}\n`);
}

function statusOf(n: number): string {
  if (n % 25 === 1) return 'Referred Out';
  return n % 10 === 0 ? 'Cancelled' : 'Closed';
}

const CLOSED =
  'intake.reported intake.filed dispatch.assigned handling.received handling.finished handling.confirmed verification.checked verification.closed archive.evaluated archive.archived';
const CANCELLED =
  'intake.reported intake.filed dispatch.cancelled archive.evaluated archive.archived';
const REFERRED_OUT =
  'intake.reported intake.filed dispatch.assigned handling.returned dispatch.cancelled archive.evaluated archive.archived';

/** The history the record of a number has to have in the end, marks left out. */
export function expectedHistory(n: number): string {
  const status = statusOf(n);
  if (status === 'Closed') return CLOSED;
  return status === 'Cancelled' ? CANCELLED : REFERRED_OUT;
}

type Event = { readonly type: string; readonly sequence: string };
export type SeenIncident = {
  readonly id: string;
  readonly externalNumber: string;
  readonly status: string;
};

/** What the product itself says of its incidents, read page by page. */
export async function startReading(url: string) {
  const token = await signIn(url, 'city-evaluator');
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (response.status !== 200) throw new Error(`${path}: ${await response.text()}`);
    return response.json();
  };
  return {
    async incidents(): Promise<SeenIncident[]> {
      const all: SeenIncident[] = [];
      let cursor: string | undefined;
      do {
        // Our own answer.
        const page = (await get(
          `/incidents?limit=200${cursor === undefined ? '' : `&cursor=${cursor}`}`,
        )) as { items: SeenIncident[]; cursor?: string };
        all.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return all;
    },
    /** Types in order, and whether the versions run 1, 2, 3 … */
    async history(id: string): Promise<{ types: string; contiguous: boolean }> {
      // Our own answer.
      const { events } = (await get(`/incidents/${id}/history`)) as { events: Event[] };
      const contiguous = events.every((event, n) => Number(event.sequence) === n + 1);
      const names = events.map(({ type }) => type.replace(/^cn\.cityloop\.|\.v1$/g, ''));
      return {
        types: names.filter((t) => !/clock-(?:warned|overdue)$/.test(t)).join(' '),
        contiguous,
      };
    },
  };
}

async function signIn(url: string, person: string): Promise<string> {
  const response = await fetch(`${url}/auth/demo/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person }),
  });
  // Our own answer.
  return ((await response.json()) as { accessToken: string }).accessToken;
}
