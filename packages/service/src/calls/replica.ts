import type { Logger } from '@cityloop/runtime';
import { type Dispatcher, Pool } from 'undici';
import { exchange } from './exchange.ts';
import { Presence } from './presence.ts';
import { refusedBy } from './refused.ts';
import { AnswerLine, NDJSON, thrownError } from './wire.ts';

/** One call on its way. Exactly one of these is told for each time it is sent. */
export type Call = {
  /** The line that goes over the wire. */
  line: string;
  done(result: unknown): void;
  failed(error: unknown): void;
  /** It was not done there, and will not be. */
  turnedAway(): void;
  /** It was sent, and nobody knows what became of it. */
  lost(): void;
};

/** Where a replica is: one address behind a base URL. */
export type Place = {
  /** Such as `http://10.1.2.3:8082`. */
  readonly origin: string;
  /** What the base URL says, for `Host` and for TLS. */
  readonly host: string;
  readonly hostname: string;
};

export type ReplicaOptions = {
  readonly place: Place;
  readonly service: string;
  readonly token: string;
  readonly logger: Logger;
  /** It can be sent calls again. */
  onIn(): void;
};

const CALLS_A_REQUEST = 500;
/** Requests that may be on their way without a word back; what comes meanwhile goes together. */
const UNTAKEN_MOST = 3;
/** Requests open at once; beyond that calls gather until one has its last answer. */
const OPEN_MOST = 64;
const CONNECT_MS = 2_000;
/** How long a replica with work may say nothing before it is asked whether it lives, and that may take. */
const SILENT_MS = 2_000;
const PING_MS = 2_000;
/** Refusals of one that is not yet, or no more, at work. */
const away: ReadonlySet<string> = new Set(['STOPPING', 'STARTING', 'NOT_READY']);
const unsent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * One process of another service. Calls are sent at once while it takes requests as they come; when it
 * does not keep up, what gathers goes as one request, without any timer.
 */
export class Replica {
  readonly #options: ReplicaOptions;
  readonly #headers: Record<string, string>;
  readonly #presence: Presence;
  #pool: Pool;
  #queue: Call[] = [];
  #inFlight = 0;
  #open = 0;
  #untaken = 0;
  #scheduled = false;
  #closed = false;
  #heardMs = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#headers = {
      host: options.place.host,
      authorization: `Bearer ${options.token}`,
      'content-type': NDJSON,
    };
    this.#pool = this.#newPool();
    this.#presence = new Presence({
      ...options,
      origin: options.place.origin,
      isReady: () => this.#says200('/ready'),
    });
  }

  get origin(): string {
    return this.#options.place.origin;
  }

  /** Calls it has been given and has not answered. */
  get load(): number {
    return this.#queue.length + this.#inFlight;
  }

  /** Whether it is left out for the moment. */
  get isOut(): boolean {
    return this.#presence.isOut;
  }

  send(call: Call): void {
    this.#queue.push(call);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Whatever this turn of the event loop brings goes along.
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** Opens a stream; resolves with its body once it has begun. */
  async stream(path: string, signal: AbortSignal): Promise<Dispatcher.ResponseData['body']> {
    const { statusCode, body } = await this.#pool
      .request({ method: 'GET', path, headers: this.#headers, signal, bodyTimeout: 10_000 })
      .catch((error: unknown) => {
        this.#leaveOut(error);
        throw error;
      });
    if (statusCode === 200) return body;
    await body.dump();
    if (statusCode === 503) this.#leaveOut(new Error('not at work'));
    throw refusedBy(this.#options.service, statusCode);
  }

  close(): void {
    this.#closed = true;
    this.#presence.close();
    this.#endWatch();
    this.#giveBack();
    void this.#pool.destroy();
  }

  #newPool(): Pool {
    const { origin, hostname } = this.#options.place;
    return new Pool(origin, {
      connections: OPEN_MOST + 8,
      pipelining: 1,
      // Silence is watched below, in a way that tells a long work from a dead process.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_MS, servername: hostname },
    });
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#untaken < UNTAKEN_MOST && this.#open < OPEN_MOST) {
      this.#request(this.#queue.splice(0, CALLS_A_REQUEST));
    }
  }

  #request(calls: readonly Call[]): void {
    const missing = new Map(calls.entries());
    let taken = false;
    this.#open += 1;
    this.#untaken += 1;
    this.#inFlight += calls.length;
    this.#startWatch();
    const take = (): void => {
      if (!taken) this.#untaken -= 1;
      taken = true;
    };
    exchange(this.#pool, this.#headers, calls.map((call) => call.line).join(''), {
      heard: () => {
        this.#heardMs = performance.now();
        if (taken) return;
        take();
        this.#flush();
      },
      answered: (line) => this.#answered(missing, line),
      ended: (status, why) => {
        take();
        this.#open -= 1;
        if (missing.size > 0) this.#broken([...missing.values()], status, why);
        this.#flush();
        if (this.#open === 0) this.#endWatch();
      },
    });
  }

  #answered(missing: Map<number, Call>, line: string): void {
    const { n, ok, problem } = AnswerLine.parse(JSON.parse(line));
    const call = missing.get(n);
    if (call === undefined) return;
    missing.delete(n);
    this.#inFlight -= 1;
    if (problem === undefined) call.done(ok);
    else if (problem.status === 503 && away.has(problem.code)) {
      this.#leaveOut(new Error(problem.code));
      call.turnedAway();
    } else call.failed(thrownError(problem));
  }

  /** The request ended before all of it was answered. */
  #broken(calls: readonly Call[], status: number | undefined, why: unknown): void {
    this.#inFlight -= calls.length;
    if (status !== undefined && status !== 200) {
      const refused = refusedBy(this.#options.service, status);
      if (refused.passing) this.#leaveOut(refused);
      for (const call of calls) {
        if (refused.passing) call.turnedAway();
        else call.failed(refused.told);
      }
      return;
    }
    this.#leaveOut(why);
    const code = (why as { readonly code?: unknown } | undefined)?.code;
    const never = typeof code === 'string' && unsent.has(code);
    for (const call of calls) {
      if (never) call.turnedAway();
      else call.lost();
    }
  }

  #giveBack(): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const call of waiting) call.turnedAway();
  }

  #leaveOut(why: unknown): void {
    if (this.#presence.leaveOut(why)) setImmediate(() => this.#giveBack());
  }

  async #says200(path: string): Promise<boolean> {
    try {
      const { host } = this.#headers;
      const { statusCode, body } = await this.#pool.request({
        method: 'GET',
        path,
        ...(host === undefined ? {} : { headers: { host } }),
        signal: AbortSignal.timeout(PING_MS),
      });
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  }

  /** A process that was stopped in its tracks keeps its connections: only its silence tells. */
  #startWatch(): void {
    if (this.#watch !== undefined) return;
    this.#heardMs = performance.now();
    let asking = false;
    this.#watch = setInterval(() => {
      if (asking || performance.now() - this.#heardMs < SILENT_MS) return;
      asking = true;
      void this.#says200('/live').then((lives) => {
        asking = false;
        if (lives) this.#heardMs = performance.now();
        else if (this.#open > 0 && !this.#closed) this.#cutOff();
      });
    }, SILENT_MS / 2);
    this.#watch.unref();
  }

  #endWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #cutOff(): void {
    const old = this.#pool;
    this.#pool = this.#newPool();
    void old.destroy(new Error('no sign of life'));
  }
}
