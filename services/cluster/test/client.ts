import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { z } from 'zod';

/** An answer that was not a success, or none (0) to a request that may have been sent. */
export type Failure = { readonly status: number; readonly code: string; readonly path: string };

const Token = z.object({ accessToken: z.string() });
const Answer = z.looseObject({ id: z.string(), status: z.string(), version: z.int() });
const Refusal = z.looseObject({ code: z.string() });
type Answer = z.infer<typeof Answer>;

/** An incident from report to archive: who does what. */
const WAY: readonly (readonly [who: string, verb: string, body: object])[] = [
  ['he-clerk', 'file', { categoryCode: 'E01-28', standardId: 'E01-28.1' }],
  ['lv-dispatcher', 'assign', { unitId: 'wujiaochang-enforcement' }],
  ['hua-enforcement-member', 'receive', {}],
  ['hua-enforcement-member', 'note', { text: '已到现场' }],
  ['hua-enforcement-member', 'finish', { result: 'resolved' }],
  ['yan-enforcement-leader', 'confirm', {}],
  ['zhang-verifier', 'check', { outcome: 'pass' }],
  ['kong-evaluator', 'archive', {}],
];
const REPORT = {
  channel: 'grid-worker',
  description: '路口有高音喇叭揽客，噪声扰民',
  location: { lon: 121.5135, lat: 31.3013, crs: 'WGS84' },
  categoryCode: 'E01-28',
};
/** How long somebody goes on asking, ms. */
const PATIENCE_MS = 60_000;

/** People at work, by whichever gateway takes their connection; as behind a load balancer. */
export function clientOf(urls: readonly string[]) {
  const tokens = new Map<string, Promise<string>>();
  const failures: Failure[] = [];
  const archived: string[] = [];
  let turn = 0;

  /**
   * Goes to the next gateway when one refuses the connection, as a balancer does: nothing was sent. A request
   * that breaks off once there is a connection has failed, and is made again.
   */
  async function send(path: string, init: RequestInit): Promise<Response> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      turn += 1;
      try {
        return await fetch(`${urls[turn % urls.length]}${path}`, {
          ...init,
          signal: AbortSignal.timeout(40_000),
        });
      } catch (error) {
        const code = codeOf(error);
        if (code !== 'ECONNREFUSED') failures.push({ status: 0, code, path });
        if (performance.now() > deadline) throw error;
        await after(20);
      }
    }
  }

  function tokenOf(person: string): Promise<string> {
    const known = tokens.get(person);
    if (known !== undefined) return known;
    const signing = send('/auth/demo/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ person }),
    }).then(async (response) => Token.parse(await response.json()).accessToken);
    tokens.set(person, signing);
    return signing;
  }

  /** The same, with its key, until it is done: a refusal that may pass is written down and asked again. */
  async function insist(person: string, path: string, body: object): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${await tokenOf(person)}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    };
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      const response = await send(`/api/v1/${path}`, init);
      const { status } = response;
      if (response.ok) return Answer.parse(await response.json());
      const { code } = Refusal.parse(await response.json());
      failures.push({ status, code, path });
      const passing = status === 503 || code === 'IN_TRANSIT';
      if (!passing || performance.now() > deadline) throw new Error(`${path}: ${status} ${code}`);
      await after(100);
    }
  }

  /** One incident the whole way. */
  async function drive(): Promise<void> {
    const { id } = await insist('tao-grid', 'incidents', REPORT);
    for (const [who, verb, body] of WAY) await insist(who, `incidents/${id}/${verb}`, body);
    archived.push(id);
  }

  return {
    /** Refusals and requests that broke off so far. */
    failures,
    /** Incidents that went the whole way. */
    archived,
    drive,
    /** So many people at work, one incident after the other, until the answer is called. */
    work(people: number): () => Promise<void> {
      let over = false;
      const busy = Array.from({ length: people }, async () => {
        while (!over) await drive();
      });
      return async () => {
        over = true;
        await Promise.all(busy);
      };
    },
  };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
}
