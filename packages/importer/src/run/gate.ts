/** Lets records in: so many at once, so many a second. */
export type Gate = {
  /** Resolves `true` when there is room and it is time; `false` once the gate is closed. */
  enter(): Promise<boolean>;
  leave(): void;
  /** Resolves `true` when nobody is inside, `false` when the gate is closed before. */
  empty(): Promise<boolean>;
  close(): void;
};

/** A gate for `window` records at once and, where told, `rate` a second. */
export function createGate(options: {
  readonly window: number;
  readonly rate: number | undefined;
  nowMs(): number;
}): Gate {
  const { window, rate, nowMs } = options;
  let inside = 0;
  let closed = false;
  let changed: (() => void) | undefined;
  let nextMs = nowMs();

  const change = (): Promise<void> =>
    new Promise((resolve) => {
      changed = resolve;
    });

  /** Waits for its turn in the rate; turns not used are not saved up. */
  async function turn(perSecond: number): Promise<void> {
    nextMs = Math.max(nextMs, nowMs() - 1_000 / perSecond) + 1_000 / perSecond;
    // Timers are too coarse for single records of a high rate: a little ahead is let through.
    if (nextMs - nowMs() < 20) return;
    // A timer may ring a little early: then the rest is waited for.
    for (;;) {
      const waitMs = nextMs - nowMs();
      if (closed || waitMs < 1) return;
      const timer = setTimeout(() => changed?.(), waitMs);
      await change();
      clearTimeout(timer);
    }
  }

  return {
    async enter() {
      if (rate !== undefined) await turn(rate);
      while (!closed && inside >= window) await change();
      if (closed) return false;
      inside += 1;
      return true;
    },
    leave() {
      inside -= 1;
      changed?.();
    },
    async empty() {
      while (!closed && inside > 0) await change();
      return inside === 0;
    },
    close() {
      closed = true;
      changed?.();
    },
  };
}
