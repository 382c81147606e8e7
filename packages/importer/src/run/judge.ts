import { Forbidden } from '@cityloop/kernel';
import type { LineAnswer } from '../send/batch-client.ts';
import type { Rejection, Task } from './task.ts';

/** What is to be done after an answer. */
export type Verdict =
  /** `status`, when the step had happened by rule and led to it. */
  | { readonly kind: 'done'; readonly status?: string | undefined }
  | { readonly kind: 'again' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/** Times a line is sent to a server that answers 5xx other than “not now”. */
const TRIES_AT_BUG = 5;
const passing: ReadonlySet<number> = new Set([408, 429, 503]);

/**
 * What an answer means for its record. “Not now” is tried again until `patienceMs` have gone by, a
 * refusal is the record's own, unless the mapping says that it means the step has happened. Throws
 * `Forbidden` when the sender may not import at all: then no other record will fare better.
 */
export function judge(task: Task, answer: LineAnswer, nowMs: number, patienceMs: number): Verdict {
  const { status, problem } = answer;
  if (status < 300) return { kind: 'done' };
  const step = task.plan.steps[task.next - 1];
  const code = problem?.code ?? `HTTP_${status}`;
  if (step?.accept.has(code) === true) return { kind: 'done', status: step.accept.get(code) };
  if (status === 403 && (step === undefined || code === 'ACTING_FOR_OTHERS')) {
    throw new Forbidden(
      'IMPORT_NOT_PERMITTED',
      `the sender may not import (${code}): use somebody with the role admin`,
    );
  }
  const waited = nowMs - (task.failingSinceMs ?? nowMs);
  const notNow = passing.has(status) || code === 'IN_TRANSIT';
  if (notNow && waited < patienceMs) return { kind: 'again' };
  if (!notNow && status >= 500 && task.tries < TRIES_AT_BUG) return { kind: 'again' };
  return {
    kind: 'rejected',
    rejection: {
      code,
      reason: reasonOf(answer),
      ...(step === undefined ? {} : { step: step.verb }),
      ...(notNow || status >= 500 ? { server: true } : {}),
    },
  };
}

function reasonOf({ problem, status }: LineAnswer): string {
  const issues = (problem?.issues ?? []).map(({ path, message }) => `${path}: ${message}`);
  return [problem?.detail ?? `answered ${status}`, ...issues].join('; ');
}
