/** What is done to a link while its fault lasts. */
export const harms = ['cut', 'blackhole', 'half-open', 'slow'] as const;
export type Harm = (typeof harms)[number];
/** Which way of a link suffers: to the server, from it, or both. */
export const directions = ['up', 'down', 'both'] as const;
export type Direction = (typeof directions)[number];

/** What can be done to a system, and how it is chosen. */
export type KindRow = {
  /** How many cards of it are in the deck; none of what is done once. */
  readonly cards?: number;
  /** What it is done to. */
  readonly on:
    | 'process'
    | 'broker'
    | 'redis'
    | 'postgres'
    | 'link'
    | 'stage'
    | 'cluster'
    | 'groups'
    | 'build'
    | 'clock';
  /** How long it lasts before it heals, from and to, ms. */
  readonly forMs: readonly [number, number];
  /** Whether one of it may last up to a minute, in a run that has the time. */
  readonly mayBeLong?: true;
  /** What it takes beyond that time, about, ms. */
  readonly takesMs?: number;
  /** It takes minutes: once in a run, and only in runs of so many minutes and more. */
  readonly onceFromMinutes?: number;
};

/** Restarts are to be had at once: what takes time then is the system's. */
const AT_ONCE = [0, 500] as const;

export const kinds = {
  'process-kill': { cards: 5, on: 'process', forMs: [0, 0] },
  'process-freeze': { cards: 4, on: 'process', forMs: [1_000, 6_000], mayBeLong: true },
  'broker-kill': { cards: 2, on: 'broker', forMs: [0, 3_000] },
  'broker-freeze': { cards: 2, on: 'broker', forMs: [1_000, 6_000], mayBeLong: true },
  'redis-kill': { cards: 1, on: 'redis', forMs: [0, 3_000] },
  'redis-freeze': { cards: 1, on: 'redis', forMs: [1_000, 5_000], mayBeLong: true },
  'redis-flush': { cards: 1, on: 'redis', forMs: [0, 0] },
  'redis-emptied': { cards: 1, on: 'redis', forMs: AT_ONCE },
  'postgres-crash': { cards: 2, on: 'postgres', forMs: AT_ONCE },
  'postgres-freeze': { cards: 1, on: 'postgres', forMs: [1_000, 5_000], mayBeLong: true },
  'postgres-backends': { cards: 1, on: 'postgres', forMs: [0, 0] },
  link: { cards: 6, on: 'link', forMs: [1_000, 6_000], mayBeLong: true },
  'two-relays': { cards: 1, on: 'stage', forMs: [10_000, 12_000] },
  'clock-off': { cards: 1, on: 'clock', forMs: [8_000, 12_000] },
  rebalance: { cards: 1, on: 'groups', forMs: [0, 0] },
  'rolling-restart': { cards: 1, on: 'cluster', forMs: [0, 0], takesMs: 90_000 },
  upgrade: { on: 'build', forMs: [5_000, 10_000], takesMs: 420_000, onceFromMinutes: 5 },
} as const satisfies Record<string, KindRow>;
export type Kind = keyof typeof kinds;

/** The row of a kind, as what all rows have in common. */
export const rowOf = (kind: Kind): KindRow => kinds[kind];
