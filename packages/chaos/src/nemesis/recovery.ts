import { setTimeout as after } from 'node:timers/promises';
import type { Fault } from '../plan/plan.ts';
import type { World } from '../world/world.ts';

/** How long after a fault was healed the system worked again. */
export type Recovery = AsyncDisposable & {
  healed(fault: Fault): void;
  /** A command that was sent then has been done. */
  worked(sentMs: number): void;
  /** Of each fault whose recovery was seen, ms. */
  readonly tookMs: readonly number[];
  /** The longest. */
  readonly longest: { readonly ms: number; readonly fault: Fault } | undefined;
};

type Open = { readonly fault: Fault; readonly sinceMs: number; worked: boolean };

const POLL_MS = 500;

/**
 * A fault is recovered from when a command sent after it was healed has been done, and everything has been
 * ready once since. Faults that follow meanwhile are counted in: an upper bound.
 */
export function watchRecovery(world: Pick<World, 'notReady'>): Recovery {
  const open = new Set<Open>();
  const took: { readonly ms: number; readonly fault: Fault }[] = [];
  const stop = new AbortController();

  async function look(): Promise<void> {
    while (!stop.signal.aborted) {
      await after(POLL_MS);
      const before = [...open].filter(({ worked }) => worked);
      if (before.length === 0 || (await world.notReady()).length > 0) continue;
      for (const one of before) {
        open.delete(one);
        took.push({ ms: performance.now() - one.sinceMs, fault: one.fault });
      }
    }
  }
  const looking = look();

  return {
    healed(fault) {
      open.add({ fault, sinceMs: performance.now(), worked: false });
    },
    worked(sentMs) {
      for (const one of open) if (sentMs >= one.sinceMs) one.worked = true;
    },
    get tookMs() {
      return took.map(({ ms }) => ms);
    },
    get longest() {
      return took.toSorted((a, b) => b.ms - a.ms)[0];
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await looking;
    },
  };
}
