import type { ServerResponse } from 'node:http';
import { type Routes, refusalOf } from '@cityloop/http';
import { InvalidInput, NotFound, Unavailable } from '@cityloop/kernel';
import type { Logger } from '@cityloop/runtime';
import { z } from 'zod';
import type { Offer } from '../lifecycle/running.ts';
import { invoke } from './methods.ts';
import { streamTo } from './streams.ts';
import { CALLS_PATH, CallLine, doneLine, failedLine, NDJSON, STREAMS_PATH } from './wire.ts';

/** Bytes of one request: thousands of calls. */
const REQUEST_MOST = 16 * 1024 * 1024;
/** Calls under way at once; whoever sends more is told to come again. */
const CALLS_MOST = 20_000;

export type CallDoor = {
  /** `POST /internal/calls` and `GET /internal/streams/{name}`: for other services alone. */
  readonly routes: Routes;
  /** Ends the streams and waits for the calls that have begun, `withinMs` at most. */
  ended(withinMs: number): Promise<void>;
};

export function createCallDoor(offer: Offer, logger: Logger): CallDoor {
  const stop = new AbortController();
  let underWay = 0;
  let idle: (() => void) | undefined;

  async function answer(line: string, n: number): Promise<string> {
    if (underWay >= CALLS_MOST) return failedLine(n, overloaded());
    underWay += 1;
    try {
      const [name, args] = readCall(line);
      return doneLine(n, await invoke(offer.methods(), name, args));
    } catch (error) {
      if (refusalOf(error).status === 500) logger.error({ err: error }, 'a call failed');
      return failedLine(n, error);
    } finally {
      underWay -= 1;
      if (underWay === 0) idle?.();
    }
  }

  const routes: Routes = async (app) => {
    app.addContentTypeParser(NDJSON, { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    app.post(
      CALLS_PATH,
      { config: { permission: 'call' }, bodyLimit: REQUEST_MOST, schema: { hide: true } },
      async (request, reply) => {
        if (!(request.body instanceof Buffer)) {
          throw new InvalidInput('NDJSON_EXPECTED', 'calls come as NDJSON');
        }
        const lines = request.body.toString('utf8').split('\n');
        if (lines.at(-1) === '') lines.pop();
        reply.hijack();
        const out = answersTo(reply.raw, lines.length);
        for (const [n, line] of lines.entries()) void answer(line, n).then(out);
        return reply;
      },
    );
    app.get(
      `${STREAMS_PATH}/:name`,
      {
        config: { permission: 'call' },
        exposeHeadRoute: false,
        schema: {
          hide: true,
          params: z.object({ name: z.string() }),
          querystring: z.object({ from: z.coerce.number().int().min(0).optional() }),
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        const streams = offer.streams();
        const open = Object.hasOwn(streams, name) ? streams[name] : undefined;
        if (open === undefined) throw new NotFound('STREAM_UNKNOWN', `no stream "${name}" here`);
        reply.hijack();
        await streamTo(reply.raw, (sink) => open(request.query.from, sink), stop.signal, logger);
        return reply;
      },
    );
  };

  return {
    routes,
    async ended(withinMs) {
      stop.abort();
      if (underWay === 0) return;
      const over = Promise.withResolvers<void>();
      idle = over.resolve;
      const timer = setTimeout(over.resolve, withinMs);
      await over.promise;
      clearTimeout(timer);
    },
  };
}

function readCall(line: string): z.infer<typeof CallLine> {
  try {
    return CallLine.parse(JSON.parse(line));
  } catch (cause) {
    throw new InvalidInput('CALL_INVALID', 'a call is ["method", [arguments]]', {}, { cause });
  }
}

/** When the sender is told that its request was taken, unless it has an answer by then, ms. */
const TAKEN_MS = 3;

/**
 * Writes the answers as they get ready, those of one turn of the event loop together. When none is ready
 * soon the sender is told that its request has been taken: it sends the next one then.
 */
function answersTo(raw: ServerResponse, amount: number): (line: string) => void {
  let missing = amount;
  let ready = '';
  raw.writeHead(200, { 'content-type': NDJSON });
  const taken = setTimeout(() => raw.flushHeaders(), TAKEN_MS);
  const flush = (): void => {
    clearTimeout(taken);
    if (missing === 0) raw.end(ready);
    else raw.write(ready);
    ready = '';
  };
  if (amount === 0) flush();
  return (line) => {
    missing -= 1;
    if (ready === '') setImmediate(flush);
    ready += line;
  };
}

function overloaded(): Unavailable {
  return new Unavailable('OVERLOADED', '系统繁忙，请稍后重试 / overloaded, try again shortly', {
    retryAfter: 2,
  });
}
