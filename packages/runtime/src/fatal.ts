import { CityLoopError } from '@cityloop/kernel';

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
