import { randomUUID } from 'node:crypto';
import { isLocalLease, LEASE_MS, tableTimers } from '../table-timers.ts';
import type { Armed, Change, Claim, Due, Settled, TimerIndex, TimerRows } from '../timers.ts';
import type { Connection } from './connection.ts';
import { rebuild } from './rebuild.ts';
import { RedisIndex } from './redis-index.ts';

/** What the index in Redis tells whoever watches it. */
export type RedisTimersProbe = {
  /** Everything was entered anew: how much of it had been missing. */
  rebuilt?(missing: number): void;
  /** `cause` is absent when it is well again, or is being rebuilt. */
  stateChanged?(state: RedisState, cause?: unknown): void;
};

/** `away`: it does not answer. `incomplete`: it lost what it had, or missed what was armed. */
export type RedisState = 'ok' | 'away' | 'incomplete';

export type RedisTimersOptions = {
  /** What is indexed; five services share one Redis. */
  readonly service: string;
  readonly rows: TimerRows;
  readonly leaseMs?: number | undefined;
  readonly probe?: RedisTimersProbe | undefined;
};

export type RedisTimers = TimerIndex & AsyncDisposable;

/** Between two looks whether it is well again, ms. */
const TEND_MS = 250;

/**
 * The index in Redis, and the rows for as long as Redis is away or has not got everything: then what is
 * due is claimed from them, and everything is entered again by one process.
 */
export async function startRedisTimers(
  connection: Connection,
  base: string,
  options: RedisTimersOptions,
): Promise<RedisTimers> {
  const timers = new ResilientTimers(connection, base, options);
  await timers.look();
  return timers;
}

class ResilientTimers implements RedisTimers {
  readonly #connection: Connection;
  readonly #index: RedisIndex;
  readonly #table: TimerIndex;
  readonly #rows: TimerRows;
  readonly #probe: RedisTimersProbe;
  readonly #stop = new AbortController();
  readonly #token = randomUUID();
  #state: RedisState = 'away';
  /** Something was armed that the index may not have heard of. */
  #missed = false;
  #next: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(
    connection: Connection,
    base: string,
    { rows, probe = {}, leaseMs = LEASE_MS }: RedisTimersOptions,
  ) {
    this.#connection = connection;
    this.#index = new RedisIndex(connection.client, base, leaseMs);
    this.#table = tableTimers(rows, { leaseMs });
    this.#rows = rows;
    this.#probe = probe;
  }

  state(): 'ok' | 'degraded' {
    return this.#state === 'ok' ? 'ok' : 'degraded';
  }

  async arm(changes: readonly Change[]): Promise<void> {
    await this.#table.arm(changes);
    if (this.#state === 'away') {
      this.#missed = true;
      return;
    }
    try {
      await this.#index.arm(changes);
    } catch (error) {
      this.#missed = true;
      this.#lost(error);
    }
  }

  async claim(nowMs: number, limit: number): Promise<Claim> {
    if (this.#state !== 'ok') return this.#table.claim(nowMs, limit);
    try {
      const { claim, whole } = await this.#index.claim(nowMs, limit);
      if (whole) return claim;
      this.#become('incomplete');
      if (claim.timers.length > 0) return { timers: claim.timers, nextMs: nowMs };
      return await this.#table.claim(nowMs, limit);
    } catch (error) {
      this.#lost(error);
      return this.#table.claim(nowMs, limit);
    }
  }

  async acknowledge(settled: readonly Settled[], againMs: number): Promise<void> {
    const local = settled.filter(({ timer }) => isLocalLease(timer));
    const leased = settled.filter(({ timer }) => !isLocalLease(timer));
    if (local.length > 0) await this.#table.acknowledge(local, againMs);
    if (leased.length === 0 || this.#state === 'away') return;
    try {
      await this.#index.acknowledge(leased, againMs);
    } catch (error) {
      // The leases end by themselves.
      this.#lost(error);
    }
  }

  async restore(armed: readonly Armed[]): Promise<number> {
    if (this.#state !== 'ok') return 0;
    try {
      const restored = await this.#index.restore(armed);
      return restored === 'not-mine' ? 0 : restored;
    } catch (error) {
      this.#lost(error);
      return 0;
    }
  }

  async nextDueMs(): Promise<number | undefined> {
    return this.#orRows(
      async () => (await this.#index.claim(0, 0)).claim.nextMs,
      () => this.#rows.nextDueMs(),
    );
  }

  async countdown(centreId: string, limit: number): Promise<readonly Due[]> {
    return this.#orRows(
      () => this.#index.countdown(centreId, limit),
      () => this.#rows.countdown(centreId, limit),
    );
  }

  /** Looks once whether the index is well, and makes it so where it can be made. */
  look(): Promise<void> {
    this.#looking ??= this.#tend()
      .catch((error: unknown) => this.#lost(error))
      .finally(() => {
        this.#looking = undefined;
        if (this.#state !== 'ok') this.#lookLater();
      });
    return this.#looking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#next);
    await this.#looking;
  }

  async #tend(): Promise<void> {
    if (this.#missed) {
      // From here on what is armed goes there, so that the rebuild finds all that came before.
      await this.#index.declareLost();
      this.#become('incomplete');
      this.#missed = false;
    }
    if (await this.#index.isWhole()) {
      this.#become('ok');
      return;
    }
    this.#become('incomplete');
    const missing = await rebuild(this.#index, this.#rows, {
      token: this.#token,
      stop: this.#stop.signal,
    });
    if (missing === undefined || this.#missed) return;
    this.#probe.rebuilt?.(missing);
    this.#become('ok');
  }

  async #orRows<T>(ask: () => Promise<T>, askRows: () => Promise<T>): Promise<T> {
    if (this.#state !== 'ok') return askRows();
    try {
      return await ask();
    } catch (error) {
      this.#lost(error);
      return askRows();
    }
  }

  #lost(cause: unknown): void {
    if (cause instanceof Error && cause.message.includes('timed out')) this.#connection.freshen();
    this.#become('away', cause);
  }

  #become(state: RedisState, cause?: unknown): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state !== 'ok') this.#lookLater();
    this.#probe.stateChanged?.(state, cause);
  }

  #lookLater(): void {
    if (this.#stop.signal.aborted) return;
    clearTimeout(this.#next);
    this.#next = setTimeout(() => void this.look(), TEND_MS);
  }
}
