import { createRequire } from 'node:module';

/** What we rely on of the class of kafkajs that holds the requests of a connection. */
type RequestQueue = {
  readonly pending: readonly unknown[];
  readonly requestTimeout: number;
  readonly inflight: ReadonlyMap<
    number,
    { sentAt: number; requestTimeout: number; timeoutRequest(): void }
  >;
  requestTimeoutIntervalId?: NodeJS.Timeout;
  isConnected(): boolean;
  destroy(): void;
  scheduleRequestTimeoutCheck(): void;
  scheduleCheckPendingRequests(): void;
};

const TIMEOUT_CHECK_MS = 1_000;
const GUARDED = Symbol.for('cityloop.kafkajs-guarded');

/**
 * Keeps the connections of kafkajs 2.2.4 quiet: each of them re-arms a timer of a millisecond for ever
 * though no request waits, and looks ten times a second for requests that take too long. Throws when
 * the class is not the one this was written for.
 */
export function guardRequestQueue(): void {
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  if (Object.hasOwn(prototype, GUARDED)) return;
  const schedule = prototype.scheduleCheckPendingRequests;
  const expected =
    String(schedule).includes('throttleCheckTimeoutId') &&
    String(prototype.scheduleRequestTimeoutCheck).includes('requestTimeoutIntervalId');
  if (!expected) throw new Error('kafkajs is not the version its guard was written for');
  Object.defineProperty(prototype, GUARDED, { value: true });
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    // Whatever is added later schedules its own check.
    if (this.pending.length > 0) schedule.call(this);
  };
  prototype.scheduleRequestTimeoutCheck = checkSlowly;
}

/** As kafkajs has it, ten times as rarely: our shortest timeout is 3 s. */
function checkSlowly(this: RequestQueue & { enforceRequestTimeout?: boolean }): void {
  if (this.enforceRequestTimeout !== true) return;
  this.destroy();
  this.requestTimeoutIntervalId = setInterval(() => {
    for (const request of this.inflight.values()) {
      if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
    }
    if (!this.isConnected()) this.destroy();
  }, TIMEOUT_CHECK_MS);
}
