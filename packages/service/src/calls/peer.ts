import { once } from 'node:events';
import { Unavailable } from '@cityloop/kernel';
import type { Logger } from '@cityloop/runtime';
import { lineCutter } from './lines.ts';
import type { Call } from './replica.ts';
import { Replicas } from './replicas.ts';
import { callLine, STREAMS_PATH } from './wire.ts';

/**
 * Whether a call may be sent again when nobody knows what became of it: one that changes nothing, or
 * has a key that makes it one however often it comes, may; `once` is sent again only when it was not done.
 */
export type Repeat = 'safe' | 'once';

export type CallOptions = {
  readonly repeat: Repeat;
  /** The arguments when it is sent again and nobody knows what became of it; the same unless told. */
  repeated?(args: readonly unknown[]): readonly unknown[];
  /** How long the caller waits in all, ms; `PATIENCE_MS` unless told. */
  readonly patienceMs?: number | undefined;
};

export type PeerOptions = {
  /** Who is called, for people. */
  readonly service: string;
  readonly urls: readonly string[];
  readonly token: string;
  readonly logger: Logger;
  /** Calls under way or waiting; beyond that `OVERLOADED`. */
  readonly most?: number;
};

/** How long a call is tried in all, ms. */
const PATIENCE_MS = 10_000;
const WAITING_MOST = 5_000;
/** How exactly patience is kept, ms. */
const SWEEP_MS = 100;

/** Another service, however many processes it is. */
export type Peer = {
  /**
   * Calls a method and resolves with what it answered, or rejects with what it threw. Sends it again to
   * another replica, or the same, while that is safe and patience lasts; then `Unavailable` with
   * `retryAfter`. Rejects at once with `OVERLOADED` when too much is under way.
   */
  call(method: string, args: readonly unknown[], options: CallOptions): Promise<unknown>;
  /** Reads a stream line by line until it ends, or breaks or `take` throws, which rejects. */
  stream(
    name: string,
    from: number | undefined,
    take: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Calls that have no answer yet. */
  readonly waiting: number;
  count(): { readonly known: number; readonly atWork: number };
  /** Refuses what is under way and all that comes. */
  close(): void;
};

type Open = { readonly deadlineMs: number; giveUp(): void };

/** The other end of `callRoutes`, with balance, patience and repetition. */
export function createPeer(options: PeerOptions): Peer {
  const { service, most = WAITING_MOST } = options;
  const open = new Set<Open>();
  /** Calls for which no replica is at work. */
  let parked = new Set<Call>();
  let sweeping: NodeJS.Timeout | undefined;
  let closed = false;
  const replicas = new Replicas({ ...options, onIn: unpark });

  function unpark(): void {
    const waiting = parked;
    parked = new Set();
    for (const call of waiting) route(call);
  }

  function route(call: Call): void {
    const replica = replicas.choose();
    if (replica === undefined) parked.add(call);
    else replica.send(call);
  }

  function sweep(): void {
    const nowMs = performance.now();
    for (const one of open) if (one.deadlineMs <= nowMs) one.giveUp();
    if (open.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  function call(method: string, args: readonly unknown[], given: CallOptions): Promise<unknown> {
    if (closed) return Promise.reject(stopping());
    if (open.size >= most) return Promise.reject(overloaded(service));
    const { repeat, repeated = (same) => same, patienceMs = PATIENCE_MS } = given;
    return new Promise((resolve, reject) => {
      let over = false;
      const end = (): boolean => {
        if (over) return false;
        over = true;
        return open.delete(entry);
      };
      const again = (): void => {
        if (!over) route(one);
      };
      const one: Call = {
        line: callLine(method, args),
        done: (result) => void (end() && resolve(result)),
        failed: (error) => void (end() && reject(error)),
        turnedAway: again,
        lost: () => {
          if (repeat === 'safe') {
            one.line = callLine(method, repeated(args));
            again();
          } else if (end()) reject(unknownEnd(service));
        },
      };
      const entry: Open = {
        deadlineMs: performance.now() + patienceMs,
        giveUp() {
          if (!end()) return;
          parked.delete(one);
          reject(closed ? stopping() : noAnswer(service));
        },
      };
      open.add(entry);
      sweeping ??= setInterval(sweep, SWEEP_MS).unref();
      route(one);
    });
  }

  return {
    call,
    async stream(name, from, take, signal) {
      const replica = replicas.choose();
      if (replica === undefined) throw noAnswer(service);
      const query = from === undefined ? '' : `?from=${from}`;
      const body = await replica.stream(`${STREAMS_PATH}/${name}${query}`, signal);
      const cut = lineCutter(take);
      body.on('data', (chunk: Buffer) => {
        try {
          cut(chunk);
        } catch (error) {
          // Nobody above this catches anything: what cannot be taken ends the stream, not the process.
          body.destroy(error instanceof Error ? error : new Error(String(error)));
        }
      });
      await once(body, 'end', { signal });
    },
    get waiting() {
      return open.size;
    },
    count: () => replicas.count(),
    close() {
      closed = true;
      for (const one of [...open]) one.giveUp();
      clearInterval(sweeping);
      replicas.close();
    },
  };
}

function overloaded(service: string): Unavailable {
  return new Unavailable('OVERLOADED', '系统繁忙，请稍后重试 / overloaded, try again shortly', {
    retryAfter: 2,
    service,
  });
}

function noAnswer(service: string): Unavailable {
  return new Unavailable(
    'SERVICE_AWAY',
    '所需服务暂时没有应答，请稍后重试 / a service does not answer, try again',
    { retryAfter: 2, service },
  );
}

function unknownEnd(service: string): Unavailable {
  return new Unavailable(
    'SERVICE_BROKE_OFF',
    '服务中断，结果未知，请查看后再试 / the service broke off, look before you try again',
    { retryAfter: 2, service },
  );
}

function stopping(): Unavailable {
  return new Unavailable('STOPPING', '服务正在停止 / the service is stopping');
}
