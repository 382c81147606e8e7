import { InvalidInput, Unauthenticated, Unavailable } from '@cityloop/kernel';
import { z } from 'zod';
import type { Session } from './session.ts';

/** The server cuts a request off after 5 minutes; ours end sooner. */
const REQUEST_MS = 240_000;

/** What one line was answered. */
const LineAnswer = z.object({
  status: z.int(),
  result: z
    .object({
      id: z.string(),
      version: z.int(),
      status: z.string(),
      repeat: z.enum(['supplemented', 'reopened']).optional(),
    })
    .optional(),
  problem: z
    .object({
      code: z.string(),
      detail: z.string(),
      issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    })
    .optional(),
});
export type LineAnswer = z.infer<typeof LineAnswer>;

/** The answers that came, in the order of the lines; fewer than lines when the request broke off. */
export type BatchAnswer = {
  readonly answers: readonly LineAnswer[];
  /** Why not all lines were answered; what is unanswered may have happened all the same. */
  readonly failure?: Unavailable | undefined;
};

/** Sends lines through `POST /api/v1/incidents:batch`. */
export type BatchClient = {
  /**
   * One request. A passing fault is told in `failure`; throws when the server refuses such requests
   * for good (`Unauthenticated`, `InvalidInput`).
   */
  send(lines: readonly string[]): Promise<BatchAnswer>;
};

/** A client of the batch endpoint behind `url`. */
export function batchClient(url: string, session: Session): BatchClient {
  const endpoint = new URL('/api/v1/incidents:batch', url);

  async function post(lines: readonly string[]): Promise<Response> {
    return fetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await session.token()}`,
        'content-type': 'application/x-ndjson',
      },
      body: `${lines.join('\n')}\n`,
      signal: AbortSignal.timeout(REQUEST_MS),
    });
  }

  return {
    async send(lines) {
      try {
        const response = await post(lines);
        if (response.status === 200) return await readAnswers(response, lines.length);
        return { answers: [], failure: await refusal(response, session) };
      } catch (error) {
        if (error instanceof InvalidInput || error instanceof Unauthenticated) throw error;
        return { answers: [], failure: unavailable(error) };
      }
    },
  };
}

async function readAnswers(response: Response, wanted: number): Promise<BatchAnswer> {
  const answers: LineAnswer[] = [];
  let rest = '';
  try {
    const decoder = new TextDecoder();
    // Fetch gives bytes.
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      const pieces = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = pieces.pop() ?? '';
      for (const piece of pieces) answers.push(LineAnswer.parse(JSON.parse(piece)));
    }
  } catch (error) {
    return { answers, failure: unavailable(error) };
  }
  return answers.length === wanted ? { answers } : { answers, failure: unavailable(undefined) };
}

async function refusal(response: Response, session: Session): Promise<Unavailable> {
  const text = await response.text().catch(() => '');
  const { status } = response;
  if (status === 401) session.refused();
  const passing = status >= 500 || status === 401 || status === 408 || status === 429;
  const said = `the server answers ${status}: ${text.slice(0, 300)}`;
  if (passing) return new Unavailable('IMPORT_REFUSED', said, { status });
  throw new InvalidInput('IMPORT_REFUSED', said, { status });
}

function unavailable(cause: unknown): Unavailable {
  if (cause instanceof Unavailable) return cause;
  return new Unavailable('IMPORT_CONNECTION', 'the connection broke off', {}, { cause });
}
