import type { Modes } from './modes.ts';

/** What others did meanwhile is seen after this long at the latest, ms. */
const LOOK_MS = 2_000;

/**
 * Does by itself what comes due: modes that begin and those that expire. What counts is the time in the rows,
 * so that any number of processes may run it and none has to have been there at the time.
 */
export function startModeTimer(
  modes: Pick<Modes, 'settle'>,
  onFailure: (error: unknown) => void,
): AsyncDisposable {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const nextMs = await modes.settle().catch((error: unknown) => {
      if (!stopped) onFailure(error);
      return undefined;
    });
    if (stopped) return;
    const waitMs = Math.min(LOOK_MS, Math.max(5, nextMs ?? LOOK_MS));
    timer = setTimeout(() => {
      running = look();
    }, waitMs);
    timer.unref();
  }

  running = look();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
