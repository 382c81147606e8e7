import { errorOf, refusalOf } from '@cityloop/http';
import { z } from 'zod';

/**
 * What goes over the wire between services: a line of JSON a call, and a line of JSON an answer, in
 * whatever order they come to be ready. `n` is the place of the call in its request, from 0 on.
 */
export const NDJSON = 'application/x-ndjson';
export const CALLS_PATH = '/internal/calls';
export const STREAMS_PATH = '/internal/streams';

/** A call: the name of a method and its arguments. */
export const CallLine = z.tuple([z.string(), z.array(z.unknown())]);

/** A problem document whose details stand by themselves, so that none is lost. */
const WireProblem = z.object({
  type: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  details: z.record(z.string(), z.unknown()),
});
export const AnswerLine = z.object({
  n: z.int(),
  ok: z.unknown().optional(),
  problem: WireProblem.optional(),
});

export function callLine(method: string, args: readonly unknown[]): string {
  return `${JSON.stringify([method, args])}\n`;
}

/** The line for what a call answered; what answered nothing comes back as undefined. */
export function doneLine(n: number, result: unknown): string {
  const text = result === undefined ? undefined : JSON.stringify(result);
  return text === undefined ? `{"n":${n}}\n` : `{"n":${n},"ok":${text}}\n`;
}

/** The line for what a call threw. What was not thrown on purpose tells no more than that. */
export function failedLine(n: number, error: unknown): string {
  const { status, code, detail, details } = refusalOf(error);
  const problem = { type: `urn:cityloop:problem:${code}`, status, code, detail, details };
  return `${JSON.stringify({ n, problem })}\n`;
}

/** The same kind of error with the same code, words and details as was thrown over there. */
export function thrownError(problem: z.infer<typeof WireProblem>): Error {
  return errorOf(problem);
}
