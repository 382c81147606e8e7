import { Unavailable } from '@cityloop/kernel';

/** The signals that ask a process to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

// npm and shells pass on a Ctrl-C that the terminal has sent to us already.
const ECHO_MS = 1_000;
const EXIT_CODE: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** What of the process the stop signals need; the real one unless a test says otherwise. */
export type SignalSource = {
  on(signal: StopSignal, listener: () => void): unknown;
  exit(code: number): unknown;
};

/**
 * Resolves with the first SIGINT or SIGTERM. Another one more than a second later ends the process
 * at once (130 or 143), for the operator whose orderly stop hangs. Does not keep the process alive.
 */
export function untilStopped(
  source: SignalSource = process,
  now: () => number = () => performance.now(),
): Promise<StopSignal> {
  let firstAt: number | undefined;
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      source.on(signal, () => {
        if (firstAt === undefined) {
          firstAt = now();
          resolve(signal);
        } else if (now() - firstAt > ECHO_MS) {
          source.exit(EXIT_CODE[signal]);
        }
      });
    }
  });
}

/**
 * Disposes `parts` and resolves when they have stopped. Throws `Unavailable` `RUNTIME_STOP_TIMEOUT`
 * when that takes longer than `ms`; what still runs is then the caller's to cut off by exiting.
 */
export async function stopWithin(ms: number, parts: AsyncDisposable): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Unavailable('RUNTIME_STOP_TIMEOUT', `did not stop within ${ms / 1_000} s`));
  }, ms);
  try {
    await Promise.race([parts[Symbol.asyncDispose](), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
