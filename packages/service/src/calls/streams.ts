import type { ServerResponse } from 'node:http';
import type { Logger } from '@cityloop/runtime';
import { NDJSON } from './wire.ts';

/** Where a stream is written to. */
export type StreamSink = {
  write(line: string): void;
  /** Nobody reads any more. */
  readonly closed: AbortSignal;
};
/** Begins a stream behind `from`; resolves when it writes all the rest by itself. */
export type OpenStream = (from: number | undefined, sink: StreamSink) => Promise<void>;

/** What a stream holds back at most for a reader that does not keep up, bytes. */
const OWED_MOST = 16 * 1024 * 1024;
/** How often a stream shows that it is alive, ms. */
const BEAT_MS = 3_000;

/** Writes a stream until its reader leaves, falls too far behind, or `end` comes. */
export async function streamTo(
  raw: ServerResponse,
  open: (sink: StreamSink) => Promise<void>,
  end: AbortSignal,
  logger: Logger,
): Promise<void> {
  const closed = new AbortController();
  const finish = (): void => void raw.end();
  const beat = setInterval(() => raw.write('\n'), BEAT_MS);
  const over = (): void => {
    clearInterval(beat);
    end.removeEventListener('abort', finish);
    closed.abort();
  };
  raw.on('close', over);
  raw.on('error', over);
  end.addEventListener('abort', finish);
  raw.writeHead(200, { 'content-type': NDJSON });
  raw.flushHeaders();
  const write = (line: string): void => {
    if (raw.writableEnded) return;
    // It comes again and is told from where it was.
    if (raw.writableLength > OWED_MOST) raw.destroy();
    else raw.write(line);
  };
  await open({ write, closed: closed.signal }).catch((error: unknown) => {
    logger.warn({ err: error }, 'a stream broke');
    raw.destroy();
  });
}
