import { setTimeout as after } from 'node:timers/promises';
import type { Pool } from 'undici';
import { z } from 'zod';

/** What the gateway answered to one line of a batch. */
const LineAnswer = z.object({
  status: z.int(),
  result: z.object({ id: z.string(), version: z.int() }).optional(),
  problem: z
    .object({ code: z.string(), detail: z.string(), retryAfter: z.number().optional() })
    .optional(),
});
type LineAnswer = z.infer<typeof LineAnswer>;

/** What an incident is after a line was obeyed. */
export type Done = { readonly id: string; readonly version: number };

/** Where one person's reports or commands of one kind are sent from. */
export type Desk = {
  /** Sends a line until it is obeyed; rejects when it is refused for good. */
  give(line: object): Promise<Done>;
  /** How often a line was turned away for the moment, and sent again. */
  readonly again: number;
};

type Waiting = {
  readonly text: string;
  readonly told: (answer: LineAnswer) => void;
  readonly failed: (error: unknown) => void;
};

/** Requests of a desk on their way; what comes meanwhile goes together with the next one. */
const OPEN_MOST = 8;
const LINES_MOST = 256;
const RETRY_S = 1;

/** A desk that sends what gathered while its last requests were on their way, through the batch door. */
export function createDesk(pool: Pool, token: string): Desk {
  let waiting: Waiting[] = [];
  let open = 0;
  let again = 0;
  let scheduled = false;
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-ndjson',
  };

  function flush(): void {
    scheduled = false;
    while (waiting.length > 0 && open < OPEN_MOST) {
      const batch = waiting.slice(0, LINES_MOST);
      waiting = waiting.slice(LINES_MOST);
      open += 1;
      void request(batch).finally(() => {
        open -= 1;
        flush();
      });
    }
  }

  async function request(batch: readonly Waiting[]): Promise<void> {
    let answered = 0;
    try {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/api/v1/incidents:batch',
        headers,
        body: batch.map(({ text }) => `${text}\n`).join(''),
      });
      if (statusCode !== 200) throw new Error(`the gateway answered ${await body.text()}`);
      for await (const line of linesOf(body)) {
        batch[answered]?.told(LineAnswer.parse(JSON.parse(line)));
        answered += 1;
      }
      if (answered < batch.length) throw new Error('the gateway left lines unanswered');
    } catch (error) {
      for (const { failed } of batch.slice(answered)) failed(error);
    }
  }

  function send(text: string): Promise<LineAnswer> {
    return new Promise((told, failed) => {
      waiting.push({ text, told, failed });
      if (scheduled) return;
      scheduled = true;
      // What this turn of the event loop brings goes along.
      setImmediate(flush);
    });
  }

  return {
    get again() {
      return again;
    },
    async give(line) {
      const text = JSON.stringify(line);
      for (;;) {
        const { status, result, problem } = await send(text);
        if (result !== undefined) return result;
        // What passes by itself: the incident is still on its way, or somebody has too much to do.
        const passing = status === 503 || problem?.code === 'IN_TRANSIT';
        if (!passing) throw new Error(`${text} was refused: ${problem?.detail}`);
        again += 1;
        await after((problem?.retryAfter ?? RETRY_S) * 1_000);
      }
    },
  };
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
