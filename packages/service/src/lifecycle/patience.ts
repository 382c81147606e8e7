import { setTimeout as after } from 'node:timers/promises';
import { Unavailable } from '@cityloop/kernel';
import type { Logger } from '@cityloop/runtime';

const REST_MS = 1_000;
/** How often a wait is spoken of, ms. */
const SAY_MS = 5_000;

export type Patience = {
  /** Ends the wait: what it rejects with is then the signal's reason. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
};

/**
 * Does a thing that needs others, again and again while they are not there (`Unavailable`), for ever, and
 * says every few seconds what it waits for.
 */
export async function patiently<T>(
  work: () => Promise<T>,
  { signal, logger }: Patience,
): Promise<T> {
  let saidMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      if (performance.now() - saidMs >= SAY_MS) {
        saidMs = performance.now();
        logger.warn({ code: error.code }, `waiting: ${error.message}`);
      }
      await after(REST_MS, undefined, { signal });
    }
  }
}

/** Resolves as `promise` does, unless the signal comes first; speaks of it every few seconds. */
export async function awaited<T>(
  promise: Promise<T>,
  what: string,
  { signal, logger }: Patience,
): Promise<T> {
  signal.throwIfAborted();
  const given = Promise.withResolvers<never>();
  const giveUp = (): void => given.reject(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  const saying = setInterval(() => logger.warn(`waiting: ${what}`), SAY_MS);
  try {
    return await Promise.race([promise, given.promise]);
  } finally {
    clearInterval(saying);
    signal.removeEventListener('abort', giveUp);
  }
}
