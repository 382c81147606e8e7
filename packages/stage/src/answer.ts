import { CityLoopError, Forbidden, RuleViolation } from '@cityloop/kernel';
import type { Answer, Command, Refused } from './work.ts';

/** An answer, or a refusal, as it was kept under its key; written by `commit` only. */
export function readAnswer(text: string): Answer | Refused {
  // Our own JSON from our own table; its shape is the type's.
  return JSON.parse(text) as Answer | Refused;
}

/** What depends on how things stand, and may be otherwise a moment later. */
const lasting = { RuleViolation, Forbidden } as const;

/**
 * A refusal to be kept under a command's key, as an answer is: what was refused must not be done after all by a
 * process that was frozen, or a request that was long under way. Undefined when it would be the same at any
 * time, or will pass. An import may be mended and run once more under its keys: there it is kept
 * only where the same request is known to have been sent before.
 */
export function refusalToKeep(
  { repeated, importing }: Pick<Command, 'repeated' | 'importing'>,
  error: unknown,
): Refused | undefined {
  if (importing === true && repeated !== true) return undefined;
  if (!(error instanceof CityLoopError) || !Object.hasOwn(lasting, error.name)) return undefined;
  const { name, code, message, details } = error;
  return { refused: { name, code, message, details } };
}

/** Whether what was kept is a refusal. */
export function isRefused(kept: Answer | Refused): kept is Refused {
  return 'refused' in kept;
}

/** The error that was kept. */
export function refusedError({ refused: { name, code, message, details } }: Refused): Error {
  const Kind = lasting[name as keyof typeof lasting]; // kept by the function above
  return new Kind(code, message, details);
}
