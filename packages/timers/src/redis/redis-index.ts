import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { Armed, Change, Claim, Claimed, Due, Settled } from '../timers.ts';
import { Centres, type Fate, readTimers, WINDOW_MS, writeFates, writePlaces } from './codec.ts';
import { runScript } from './scripts.ts';

/** A claim, and whether the index has all that the rows have armed. */
export type RedisClaim = { readonly claim: Claim; readonly whole: boolean };

/** A page of a rebuild went in, or the rebuild is another's by now. */
export type Restored = number | 'not-mine';

/** How long a rebuild may be silent before another begins one, ms. */
const REBUILD_LEASE_MS = 10_000;

/**
 * The index of one service in Redis: a zset of ids for each window of time and centre. Throws what the
 * connection throws. `base` is the hash tag below which all of its keys are.
 */
export class RedisIndex {
  readonly #redis: Redis | Cluster;
  readonly #base: string;
  readonly #leaseMs: number;

  constructor(redis: Redis | Cluster, base: string, leaseMs: number) {
    this.#redis = redis;
    this.#base = base;
    this.#leaseMs = leaseMs;
  }

  async arm(changes: readonly Change[]): Promise<void> {
    const off: Armed[] = [];
    const on: Armed[] = [];
    for (const { id, before, now } of changes) {
      if (before?.dueMs === now?.dueMs && before?.centreId === now?.centreId) continue;
      if (now !== undefined) on.push({ id, ...now });
      if (before !== undefined && !sameWindow(before, now)) off.push({ id, ...before });
    }
    if (on.length + off.length === 0) return;
    const centres = new Centres();
    const [taken, entered] = [writePlaces(off, centres), writePlaces(on, centres)];
    await this.#run('arm', [taken, entered, ...centres.names]);
  }

  async claim(nowMs: number, limit: number): Promise<RedisClaim> {
    const lease = Math.floor(nowMs + this.#leaseMs);
    // The script's reply, as its header says.
    const reply = (await this.#run('claim', [
      Math.floor(nowMs),
      lease,
      limit,
    ])) as (Buffer | null)[];
    const [generation, next, ...claims] = reply;
    const timers: Claimed[] = [];
    for (let n = 0; n + 1 < claims.length; n += 2) {
      const [centre, bytes] = [String(claims[n]), claims[n + 1]];
      if (bytes === null || bytes === undefined) continue;
      for (const due of readTimers(bytes)) timers.push({ ...due, lease: `${lease} ${centre}` });
    }
    const nextMs = next?.length === 0 ? undefined : Number(next);
    const claim = { timers: timers.sort((a, b) => a.dueMs - b.dueMs), nextMs };
    return { claim, whole: generation !== null };
  }

  async acknowledge(settled: readonly Settled[], againMs: number): Promise<void> {
    const byLease = Map.groupBy(settled, ({ timer }) => timer.lease.split(' ', 1)[0] ?? '');
    for (const [lease, those] of byLease) {
      const centres = new Centres();
      const fates = writeFates(those.map(fateOf), centres);
      await this.#run('acknowledge', [lease, Math.floor(againMs), fates, ...centres.names]);
    }
  }

  async countdown(centreId: string, limit: number): Promise<readonly Due[]> {
    const reply = (await this.#run('countdown', [centreId, limit])) as Buffer; // as its header says
    return readTimers(reply)
      .sort((a, b) => a.dueMs - b.dueMs)
      .slice(0, limit);
  }

  /** Enters what is missing; as a page of the rebuild with this token, or of none. */
  async restore(armed: readonly Armed[], token = ''): Promise<Restored> {
    const centres = new Centres();
    const places = writePlaces(armed, centres);
    const args = [token, REBUILD_LEASE_MS, places, ...centres.names];
    const added = Number(await this.#run('restore', args));
    return added < 0 ? 'not-mine' : added;
  }

  /** Whether everything the rows have armed has been entered, and nothing was lost as a whole since. */
  async isWhole(): Promise<boolean> {
    return (await this.#redis.exists(`${this.#base}generation`)) === 1;
  }

  /** Makes the rebuild the caller's, unless it is somebody else's; one that was cut off still is its own. */
  async beginRebuild(token: string): Promise<boolean> {
    const key = `${this.#base}rebuild`;
    const begun = await this.#redis.set(key, token, 'PX', REBUILD_LEASE_MS, 'NX');
    return begun === 'OK' || (await this.#redis.get(key)) === token;
  }

  /** Whether the rebuild has come to its end under this token. */
  async finishRebuild(token: string): Promise<boolean> {
    return Number(await this.#run('finish-rebuild', [token, randomUUID()])) === 1;
  }

  /** Has everything entered again: by whoever sees it first, also one that is at it. */
  async declareLost(): Promise<void> {
    await this.#redis.del(`${this.#base}generation`, `${this.#base}rebuild`);
  }

  #run(script: Parameters<typeof runScript>[1], args: readonly (string | number | Buffer)[]) {
    return runScript(this.#redis, script, this.#base, [WINDOW_MS, ...args]);
  }
}

const sameWindow = (a: Omit<Armed, 'id'>, b: Change['now']): boolean =>
  b !== undefined &&
  a.centreId === b.centreId &&
  Math.floor(a.dueMs / WINDOW_MS) === Math.floor(b.dueMs / WINDOW_MS);

function fateOf({ timer, now }: Settled): Fate {
  const { id, dueMs, lease } = timer;
  const centreId = lease.slice(lease.indexOf(' ') + 1);
  return { was: { id, dueMs, centreId }, now: now && { id, ...now } };
}
