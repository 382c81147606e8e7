import { Readable } from 'node:stream';
import {
  commandBodies,
  type IncidentCommand,
  IncidentId,
  ReportBody,
  type Subject,
  type Verb,
  verbs,
} from '@cityloop/contracts';
import { invalidRequest, problemOf, type Routes, refusalOf, subjectOf } from '@cityloop/http';
import { Forbidden, InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';
import type { Entry } from '../entry.ts';
import type { Loop } from '../loop.ts';
import { IdempotencyKey } from './headers.ts';
import { answersInOrder, linesOf } from './lines.ts';
import { answerText, assertPast } from './report-routes.ts';

const BatchLines = z.unknown().meta({
  description:
    '每行一个结果，顺序与请求相同 / one a line, in order: {key, status, result} or {key, status, problem}',
});

type Deps = {
  readonly loop: Loop;
  readonly entry: Entry;
  readonly person: (id: string) => Subject | undefined;
};

/** How many lines are under way at once: enough to fill a commit, few enough to bound memory. */
const WINDOW = 512;
/** Bytes a line may have. */
const LINE_MAX = 256 * 1024;

const Line = z.looseObject({ key: IdempotencyKey });
/** To look at a caller's name is no work for a batch: each look has its own request. */
const givable = verbs.filter((verb): verb is Exclude<Verb, 'reveal'> => verb !== 'reveal');

const As = z.string().max(64).optional();
const ReportLine = z.looseObject({ key: IdempotencyKey, as: As });
const CommandLine = z.strictObject({
  key: IdempotencyKey,
  id: IncidentId,
  command: z.enum(givable),
  body: z.unknown().optional(),
  as: As,
});

/**
 * `POST /incidents:batch`: NDJSON in, NDJSON out, one result a line, in order, streaming. A line is a
 * report (`{key, …report}`) or a command (`{key, id, command, body}`); one that is refused does not fail
 * its neighbours. Whoever may import may act for other people (`as`).
 */
export function batchRoutes(
  loop: Loop,
  entry: Entry,
  person: (id: string) => Subject | undefined,
): Routes {
  return async (app) => {
    app.addContentTypeParser('application/x-ndjson', (_request, payload, done) =>
      done(null, payload),
    );
    app.post(
      '/incidents::batch',
      {
        config: { permission: 'batch' },
        bodyLimit: Number.MAX_SAFE_INTEGER,
        schema: {
          tags: ['案件 incidents'],
          summary: '批量上报与办理（NDJSON）/ many reports and commands in one request',
          consumes: ['application/x-ndjson'],
          produces: ['application/x-ndjson'],
          response: { 200: BatchLines },
        },
      },
      async (request, reply) => {
        const { body } = request;
        if (!(body instanceof Readable)) {
          throw new InvalidInput('NDJSON_EXPECTED', '请以 application/x-ndjson 提交 / send NDJSON');
        }
        const run = lineRunner({ loop, entry, person }, subjectOf(request), request.id);
        reply.header('content-type', 'application/x-ndjson; charset=utf-8');
        return reply.send(Readable.from(answersInOrder(linesOf(body, LINE_MAX), run, WINDOW)));
      },
    );
  };
}

function lineRunner(
  { loop, entry, person }: Deps,
  subject: Subject,
  traceId: string,
): (line: string | undefined) => Promise<string> {
  // Photos of an import are with the system it comes from: their ids are kept as they are.
  const importing = subject.roles.includes('admin');
  return async (line) => {
    let key: string | undefined;
    try {
      if (line === undefined) {
        throw new InvalidInput('LINE_TOO_LONG', '单行超过 256 KB / a line is over 256 KiB');
      }
      const raw = parse(line);
      key = checked(Line, raw).key;
      if ('command' in raw) return await obey(raw);
      return await report(raw, key);
    } catch (error) {
      const problem = problemOf(refusalOf(error), { traceId });
      return JSON.stringify({
        ...(key === undefined ? {} : { key }),
        status: problem.status,
        problem,
      });
    }
  };

  async function report(raw: object, key: string): Promise<string> {
    const { key: _key, as, ...rest } = checked(ReportLine, raw);
    const body = checked(ReportBody, rest);
    assertPast(body);
    const acting = actingFor(as);
    const taken = await entry.report({ body, subject: acting, importing, key });
    const status = taken.repeat === undefined ? 201 : 200;
    const result = await answerText(loop, acting, taken, body);
    return `{"key":${JSON.stringify(key)},"status":${status},"result":${result}}`;
  }

  async function obey(raw: object): Promise<string> {
    const { key, id, command, body, as } = checked(CommandLine, raw);
    const given = checked<object>(commandBodies[command], body ?? {});
    assertPast(given);
    const answer = await entry.command({
      incidentId: id,
      // The body is parsed by the schema of this very verb.
      command: { verb: command, body: given } as IncidentCommand,
      subject: actingFor(as),
      importing,
      key,
    });
    return JSON.stringify({ key, status: 200, result: answer });
  }

  function actingFor(as: string | undefined): Subject {
    if (as === undefined) return subject;
    if (!importing) {
      throw new Forbidden(
        'ACTING_FOR_OTHERS',
        '不能代他人办理 / only an import may act for others',
      );
    }
    const other = person(as);
    if (other !== undefined) return other;
    throw new InvalidInput('PERSON_UNKNOWN', '没有这个人员 / no such person', { as });
  }
}

function parse(line: string): object {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new InvalidInput('LINE_NOT_JSON', '该行不是 JSON / this line is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InvalidInput('LINE_NOT_OBJECT', '该行应为 JSON 对象 / this line is not an object');
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidRequest('line', result.error.issues);
}
