import type { Dispatcher, Pool } from 'undici';
import { lineCutter } from './lines.ts';
import { CALLS_PATH } from './wire.ts';

/** What becomes of a request. `ended` is told exactly once, and last. */
export type Exchange = {
  /** Something came back: it has been taken. */
  heard(): void;
  answered(line: string): void;
  /** With the status, or with what broke it. */
  ended(status: number | undefined, why: unknown): void;
};

/** Sends calls as one request. By the dispatcher's own events: a stream an answer costs more than the call. */
export function exchange(
  pool: Pool,
  headers: Readonly<Record<string, string>>,
  body: string,
  told: Exchange,
): void {
  let status: number | undefined;
  let over = false;
  const cut = lineCutter((line) => told.answered(line));
  const end = (why: unknown): void => {
    if (over) return;
    over = true;
    told.ended(status, why);
  };
  const handler: Dispatcher.DispatchHandler = {
    // Its being there tells the dispatcher which kind of handler this is.
    onRequestStart: () => undefined,
    onResponseStart(_controller, statusCode) {
      status = statusCode;
      told.heard();
    },
    onResponseData(controller, chunk) {
      told.heard();
      if (status !== 200) return;
      try {
        cut(chunk);
      } catch (error) {
        // What we cannot read is as good as no answer.
        controller.abort(error instanceof Error ? error : new Error(String(error)));
      }
    },
    onResponseEnd: () => end(undefined),
    onResponseError: (_controller, error) => end(error),
  };
  try {
    pool.dispatch({ method: 'POST', path: CALLS_PATH, headers, body }, handler);
  } catch (error) {
    end(error);
  }
}
