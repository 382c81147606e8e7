import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { z } from 'zod';
import type { History, Op, Outcome } from './history.ts';
import { createSessions } from './sessions.ts';

const Answer = z.looseObject({ id: z.string(), status: z.string(), version: z.int() });
/** What people look at of an incident. */
const Seen = z.object({
  status: z.string(),
  clocks: z.object({ handle: z.object({ dueAt: z.string() }).optional() }).optional(),
  supervisions: z.array(z.object({ id: z.string() })).optional(),
});
export type Seen = z.infer<typeof Seen>;
const Problem = z.looseObject({ code: z.string() });

const Photo = z.object({ id: z.string() });
const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A client gives up an attempt after this, ms: the other side may have done it all the same. */
const ATTEMPT_MS = 10_000;
/** Between two attempts: doubled from the first to the last, ms. */
const FIRST_REST_MS = 50;
const LONGEST_REST_MS = 3_000;

export type ClientOptions = {
  /** Of the gateways; each attempt goes to the next one, as behind a load balancer. */
  readonly urls: readonly string[];
  readonly history: History;
  /** How long one request is tried again and again under its key, ms. */
  readonly patienceMs: number;
  /** Told that a request has been done, and when the attempt that did it was sent. */
  worked?(sentMs: number): void;
};

/** People's browsers: each request has a key, and is tried again under it until it is answered for good. */
export type Client = {
  give(who: string, incident: string, verb: string, body?: object): Promise<Outcome>;
  report(who: string, body: object): Promise<Outcome>;
  /** The same request once more, under its key. */
  again(op: Op): Promise<Outcome>;
  /** An incident as somebody sees it now; undefined when it could not be had. */
  look(who: string, incident: string): Promise<Seen | undefined>;
  /** Uploads a photo and answers its id; undefined when it was given up. It is no request of the history. */
  photo(who: string): Promise<string | undefined>;
};

type Attempt =
  | Outcome
  | { readonly kind: 'again'; readonly why: string; readonly afterMs?: number };

export function createClient(options: ClientOptions): Client {
  const { urls, history } = options;
  const sessions = createSessions(urls);
  let turn = 0;

  const nextUrl = (): string => {
    turn += 1;
    return urls[turn % urls.length] ?? '';
  };

  async function attempt(op: Op): Promise<Attempt> {
    const sentMs = performance.now();
    let response: Response;
    try {
      response = await fetch(`${nextUrl()}/api/v1/${op.path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await sessions.tokenOf(op.who)}`,
          'content-type': 'application/json',
          'idempotency-key': op.key,
        },
        body: JSON.stringify(op.body),
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      const text = await response.text();
      const judged = judge(response, text);
      if (judged.kind === 'ok') options.worked?.(sentMs);
      if (response.status === 401) sessions.refused(op.who);
      return judged;
    } catch (error) {
      return { kind: 'again', why: nameOf(error) };
    }
  }

  async function insist(op: Op): Promise<Outcome> {
    const deadline = performance.now() + options.patienceMs;
    let restMs = FIRST_REST_MS;
    for (let tries = 1; ; tries += 1) {
      const result = await attempt(op);
      if (result.kind !== 'again') {
        history.conclude(op, result, tries);
        return result;
      }
      history.passed(result.why);
      const waitMs = Math.max(result.afterMs ?? 0, restMs * (0.5 + Math.random()));
      if (performance.now() + waitMs > deadline) {
        const outcome: Outcome = { kind: 'unknown', why: result.why };
        history.conclude(op, outcome, tries);
        return outcome;
      }
      await after(waitMs);
      restMs = Math.min(restMs * 2, LONGEST_REST_MS);
    }
  }

  return {
    give: (who, incident, verb, body = {}) =>
      insist(
        history.invoke({
          who,
          verb,
          path: `incidents/${incident}/${verb}`,
          body,
          key: randomUUID(),
        }),
      ),
    report: (who, body) =>
      insist(history.invoke({ who, verb: 'report', path: 'incidents', body, key: randomUUID() })),
    again: insist,
    async look(who, incident) {
      try {
        const response = await fetch(`${nextUrl()}/api/v1/incidents/${incident}`, {
          headers: { authorization: `Bearer ${await sessions.tokenOf(who)}` },
          signal: AbortSignal.timeout(ATTEMPT_MS),
        });
        return Seen.parse(await response.json());
      } catch {
        return undefined;
      }
    },
    async photo(who) {
      const deadline = performance.now() + options.patienceMs;
      const body = Buffer.concat([DOT, randomBytes(8)]);
      while (performance.now() < deadline) {
        try {
          const response = await fetch(`${nextUrl()}/api/v1/attachments`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${await sessions.tokenOf(who)}`,
              'content-type': 'image/png',
            },
            body,
            signal: AbortSignal.timeout(ATTEMPT_MS),
          });
          if (response.status === 401) sessions.refused(who);
          return Photo.parse(await response.json()).id;
        } catch {
          await after(LONGEST_REST_MS * Math.random());
        }
      }
      return undefined;
    },
  };
}

/** What an answer means to a client: done, refused for good, or not now. */
function judge(response: Response, text: string): Attempt {
  const { status } = response;
  if (response.ok) {
    const { id, version, status: now } = Answer.parse(JSON.parse(text));
    return { kind: 'ok', incident: id, version, status: now };
  }
  const code = Problem.safeParse(parsed(text)).data?.code ?? 'NO_PROBLEM';
  const passing = status >= 500 || status === 429 || status === 401 || code === 'IN_TRANSIT';
  if (!passing) return { kind: 'refused', http: status, code };
  const told = Number(response.headers.get('retry-after') ?? 0) * 1_000;
  return { kind: 'again', why: `${status} ${code}`, afterMs: Number.isFinite(told) ? told : 0 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What became of a request that was not answered, in a word. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name;
}
