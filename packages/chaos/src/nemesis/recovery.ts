import { setTimeout as after } from 'node:timers/promises';
import type { Fault } from '../plan/plan.ts';
import type { World } from '../world/world.ts';

/** How long something took after which fault. */
export type Took = { readonly ms: number; readonly fault: Fault };

/** What recovering came to. */
export type Recovered = {
  /** The longest time from the end of a fault until a command sent after it was done. */
  readonly worked: Took | undefined;
  /** The longest until everything was ready as well, of faults that fell into no restart of all. */
  readonly ready: Took | undefined;
  /** Faults after which that has not been seen. */
  readonly open: number;
};

/** How long after a fault was healed the system worked again. */
export type Recovery = AsyncDisposable & {
  begun(fault: Fault): void;
  healed(fault: Fault): void;
  /** A command that was sent then has been done. */
  worked(sentMs: number): void;
  /** As far as it has been seen. */
  recovered(): Recovered;
};

type Open = {
  readonly fault: Fault;
  readonly sinceMs: number;
  worked: boolean;
  /** Something is not ready all the time, by design: when everything was says nothing of this one. */
  amidRestart: boolean;
};

const POLL_MS = 500;
const restartsAll = ({ kind }: Fault): boolean => kind === 'rolling-restart' || kind === 'upgrade';

/** Watches the system from fault to fault. Those that follow meanwhile are counted in: upper bounds. */
export function watchRecovery(world: Pick<World, 'notReady'>): Recovery {
  const open = new Set<Open>();
  const restarts = new Set<Fault>();
  let worked: Took | undefined;
  let ready: Took | undefined;
  const stop = new AbortController();

  async function look(): Promise<void> {
    while (!stop.signal.aborted) {
      await after(POLL_MS);
      const before = [...open].filter((one) => one.worked);
      if (before.length === 0 || (await world.notReady()).length > 0) continue;
      for (const one of before) {
        open.delete(one);
        if (!one.amidRestart) ready = longer(ready, one);
      }
    }
  }
  const looking = look();

  return {
    begun(fault) {
      if (!restartsAll(fault)) return;
      restarts.add(fault);
      for (const one of open) one.amidRestart = true;
    },
    healed(fault) {
      restarts.delete(fault);
      const amidRestart = restarts.size > 0;
      open.add({ fault, sinceMs: performance.now(), worked: false, amidRestart });
    },
    worked(sentMs) {
      for (const one of open) {
        if (one.worked || sentMs < one.sinceMs) continue;
        one.worked = true;
        worked = longer(worked, one);
        if (one.amidRestart) open.delete(one);
      }
    },
    recovered: () => ({ worked, ready, open: open.size }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await looking;
    },
  };
}

function longer(than: Took | undefined, { fault, sinceMs }: Open): Took {
  const ms = performance.now() - sinceMs;
  return than !== undefined && than.ms >= ms ? than : { ms, fault };
}
