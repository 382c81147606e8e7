import { CityLoopError, Unavailable } from '@cityloop/kernel';

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

type SystemError = Error & {
  readonly code: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
};

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';

function sentenceFor(error: SystemError): string | undefined {
  const path = error.path ?? 'a file';
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${error.port ?? ''} is taken: stop what uses it, or set PORT to another one`;
    case 'EADDRNOTAVAIL':
      return `this machine has no address ${error.address ?? ''}: set HOST to one it has`;
    case 'EACCES':
    case 'EPERM':
      return error.port === undefined
        ? `no permission for ${path}: give it to this user, or choose another place`
        : `this user may not listen on port ${error.port}: set PORT to one above 1023`;
    case 'EROFS':
      return `${path} is on a read-only file system: choose another place`;
    case 'ENOSPC':
      return 'the disk is full: make room and start again';
    default:
      return undefined;
  }
}

function causeOf(error: unknown): unknown {
  // A failure while cleaning up after a failure: the first one is what the operator can mend.
  return error instanceof SuppressedError ? causeOf(error.suppressed) : error;
}

/** The line for the operator: a stack trace only for what nobody foresaw. */
export function fatalMessage(thrown: unknown): string {
  const error = causeOf(thrown);
  if (error instanceof CityLoopError) return `${error.message} (${error.code})`;
  if (isSystemError(error)) return sentenceFor(error) ?? `${error.message} (${error.code})`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Says on stderr why the process cannot go on, and sets its exit code to 1. It does not exit, so
 * that what is being written can still be written.
 */
export function reportFatal(error: unknown): void {
  process.stderr.write(`cityloop: ${fatalMessage(error)}\n`);
  process.exitCode = 1;
}
