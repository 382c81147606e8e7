import { createRandom, type Random } from '@cityloop/testing/random';
import { type Direction, directions, type Harm, harms, type Kind, kinds, rowOf } from './kinds.ts';

/** One fault to be: when, what, to what, for how long. */
export type Fault = {
  /** From 1 on. */
  readonly n: number;
  /** From the start of the faults. */
  readonly atMs: number;
  /** Until it is healed. */
  readonly forMs: number;
  readonly kind: Kind;
  /** A process (`dispatch-1`), broker, link or stage; `cluster` for all of them. */
  readonly target: string;
  /** Of links. */
  readonly harm?: Harm;
  readonly direction?: Direction;
};

/** What there is to be harmed, by what a kind says it is done to; nothing to do it to, no such fault. */
export type Targets = Readonly<Record<(typeof kinds)[Kind]['on'], readonly string[]>>;

export type PlanOptions = {
  readonly seed: number;
  readonly minutes: number;
  readonly targets: Targets;
};

/** Between two faults on average; each begins within its own share of time, ms. */
const EACH_MS = 5_000;
/** Before the first and after the last, so that there is something to harm and to see, ms. */
const QUIET_MS = 5_000;
/** What a server or process has for coming back before something is done to it again, ms. */
const BREATH_MS = 2_500;
/** At most so many at once. */
const AT_ONCE = 3;
const LONG_SHARE = 0.12;
const LONG_MS = 60_000;
/** A shorter run has no time for long faults, minutes. */
const LONG_FROM = 4;

/**
 * The faults of a run, in order of time; the same seed, minutes and targets give the same plan. They overlap
 * a little, never on one target, and all of them are healed when the run ends.
 */
export function planFaults({ seed, minutes, targets }: PlanOptions): readonly Fault[] {
  const random = createRandom(seed);
  const endMs = minutes * 60_000 - QUIET_MS;
  const deck = deckOf(random, targets);
  const faults: Fault[] = [];
  for (let shareMs = QUIET_MS; shareMs + EACH_MS <= endMs; shareMs += EACH_MS) {
    const atMs = shareMs + random.int(EACH_MS);
    const going = faults.filter((fault) => fault.atMs + fault.forMs > atMs);
    if (going.length >= AT_ONCE) continue;
    const fault = deal({ random, deck, targets, faults, atMs, endMs, long: minutes >= LONG_FROM });
    if (fault !== undefined) faults.push({ n: faults.length + 1, ...fault });
  }
  return faults;
}

/** Kinds by their cards, shuffled anew whenever all have been dealt: each comes up early on. */
function deckOf(random: Random, targets: Targets): () => Kind | undefined {
  const names = Object.keys(kinds) as Kind[]; // the keys of that very table
  const all = names.flatMap((kind) => {
    const { cards, on } = rowOf(kind);
    return targets[on].length === 0 ? [] : Array.from({ length: cards }, () => kind);
  });
  let left: Kind[] = [];
  return () => {
    if (left.length === 0) left = shuffled(random, all);
    return left.pop();
  };
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, rank: random.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

type Deal = {
  readonly random: Random;
  readonly deck: () => Kind | undefined;
  readonly targets: Targets;
  readonly faults: readonly Fault[];
  readonly atMs: number;
  readonly endMs: number;
  readonly long: boolean;
};

function deal({ random, deck, targets, faults, atMs, endMs, long }: Deal) {
  const kind = deck();
  if (kind === undefined) return undefined;
  const row = rowOf(kind);
  const free = targets[row.on].filter((target) => !isBusy(faults, target, atMs));
  if (free.length === 0) return undefined;
  const target = random.pick(free);
  const wanted = lengthOf(random, kind, long);
  const forMs = Math.min(wanted, endMs - atMs);
  if (row.on !== 'link') return { atMs, forMs, kind, target };
  return {
    atMs,
    forMs,
    kind,
    target,
    harm: random.pick(harms),
    direction: random.pick(directions),
  };
}

function lengthOf(random: Random, kind: Kind, long: boolean): number {
  const { forMs, mayBeLong } = rowOf(kind);
  const [least, most] = forMs;
  const isLong = random.chance(LONG_SHARE) && long && mayBeLong === true;
  const share = random.next();
  return Math.round(isLong ? most + share * (LONG_MS - most) : least + share * (most - least));
}

const isBusy = (faults: readonly Fault[], target: string, atMs: number): boolean =>
  faults.some((fault) => fault.target === target && fault.atMs + fault.forMs + BREATH_MS > atMs);

/** A fault in one line: for people, and to compare plans. */
export function faultText({ atMs, forMs, kind, target, harm, direction }: Fault): string {
  const how = harm === undefined ? '' : ` ${harm} ${direction}`;
  const lasts = forMs === 0 ? '' : ` for ${(forMs / 1_000).toFixed(1)} s`;
  return `${(atMs / 1_000).toFixed(1)} s  ${kind} ${target}${how}${lasts}`;
}
