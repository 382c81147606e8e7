import { uuidv7 } from '@cityloop/kernel';

/** One deadline, as an incident has one. */
export type Timer = { readonly id: string; readonly centreId: string; readonly dueMs: number };

/** One way to keep many deadlines and to tell when each comes; it brings its own server. */
export type TimersArm = {
  /** Versions of the servers behind it, for the line about the machine. */
  servers(): readonly string[];
  start(): Promise<void>;
  /** Resolves when all are taken. */
  arm(timers: readonly Timer[]): Promise<void>;
  /** Resolves when none of them will ring. */
  cancel(timers: readonly Timer[]): Promise<void>;
  /** What the server keeps for all that is armed, bytes. */
  usedBytes(): Promise<number>;
  /** Begins to ring: tells each timer when it comes. */
  ring(rung: (id: string) => void): Promise<void>;
  /** Kills the server and starts it again; resolves when it has its data. Absent where it was not tried. */
  restart?(): Promise<void>;
  /** Stops everything it started. Idempotent, also after a start that failed half-way. */
  stop(): Promise<void>;
};

/** How many are sent at a time, and how many such batches are under way. */
export const BATCH = 1_000;
const UNDER_WAY = 4;

// A district's hub, its subdistricts and some more: a small city.
const CENTRES = Array.from({ length: 17 }, (_, n) => `3101100${String(n).padStart(2, '0')}`);

/** `count` timers in no order of time, evenly between two instants (ms) and over the centres. */
export function makeTimers(count: number, fromMs: number, toMs: number): readonly Timer[] {
  return Array.from({ length: count }, (_, n) => ({
    id: uuidv7(),
    centreId: CENTRES[n % CENTRES.length] ?? '',
    dueMs: Math.floor(fromMs + Math.random() * (toMs - fromMs)),
  }));
}

/** Sends all in batches, a few of them at the same time. */
export async function inBatches<T>(
  all: readonly T[],
  send: (batch: readonly T[]) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < all.length) {
      const from = next;
      next += BATCH;
      await send(all.slice(from, from + BATCH));
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, sender));
}
