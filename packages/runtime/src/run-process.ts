import { reportFatal } from './fatal.ts';
import { type SignalSource, stopWithin, untilStopped } from './stop.ts';

/** How a process is run. */
export type RunOptions = {
  /** Builds and starts everything; disposing the result stops it. */
  start(): Promise<AsyncDisposable>;
  /** Milliseconds an orderly stop may take; then the process ends with exit code 1. */
  readonly stopWithinMs: number;
  /** The process itself, unless a test says otherwise. */
  readonly process?: SignalSource;
};

/**
 * Whoever started this process with a channel to it wants it to end with them: nobody else would stop
 * it. Without a channel it runs alone.
 */
function stopWithParent(): void {
  if (!process.connected) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}

/**
 * The whole life of a process: starts, waits for SIGINT or SIGTERM, stops in order, exits. A signal
 * during the start is obeyed once the start is through; a second one ends the process at once. What goes wrong is
 * said in one sentence on stderr, with exit code 1.
 */
export async function runProcess(options: RunOptions): Promise<void> {
  const source = options.process ?? process;
  const stopped = untilStopped(source);
  stopWithParent();
  try {
    const parts = await options.start();
    await stopped;
    await stopWithin(options.stopWithinMs, parts);
    source.exit(0);
  } catch (error) {
    reportFatal(error);
    source.exit(1);
  }
}
