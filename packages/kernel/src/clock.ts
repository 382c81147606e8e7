/** Where the time comes from. Rules never read a clock: they are told the time. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
};

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };
