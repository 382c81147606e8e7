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
  /** A process (`dispatch-1`), broker, link or stage; `cluster` and `groups` for all of them. */
  readonly target: string;
  /** Of links. */
  readonly harm?: Harm;
  readonly direction?: Direction;
};

type Unnumbered = Omit<Fault, 'n'>;

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
/** The share of a run in which begins what is done once. */
const ONCE_WITHIN = 0.2;
const LONG_SHARE = 0.12;
const LONG_MS = 60_000;
/** A shorter run has no time for long faults, minutes. */
const LONG_FROM = 4;

/**
 * The faults of a run, in order of time; the same seed, minutes and targets give the same plan. They overlap
 * a little, never on one target, and all of them are healed when the run ends.
 */
export function planFaults(options: PlanOptions): readonly Fault[] {
  const { seed, minutes, targets } = options;
  const random = createRandom(seed);
  const endMs = minutes * 60_000 - QUIET_MS;
  const deck = deckOf(random, targets);
  const faults = onceIn(random, options);
  for (let shareMs = QUIET_MS; shareMs + EACH_MS <= endMs; shareMs += EACH_MS) {
    const atMs = shareMs + random.int(EACH_MS);
    const going = faults.filter((fault) => fault.atMs <= atMs && fault.atMs + fault.forMs > atMs);
    if (going.length >= AT_ONCE) continue;
    const given = { random, deck, targets, faults, atMs, endMs, long: minutes >= LONG_FROM };
    const fault = deal(given) ?? deal(given);
    if (fault !== undefined) faults.push(fault);
  }
  return faults.toSorted((a, b) => a.atMs - b.atMs).map((fault, n) => ({ n: n + 1, ...fault }));
}

type Deck = {
  next(): Kind | undefined;
  /** Into the next round: there was nothing to do it to just then. */
  back(kind: Kind): void;
};

const names = Object.keys(kinds) as Kind[]; // the keys of that very table

/** Kinds by their cards, shuffled anew whenever all have been dealt: each comes up early on. */
function deckOf(random: Random, targets: Targets): Deck {
  const all = names.flatMap((kind) => {
    const { cards = 0, on } = rowOf(kind);
    return targets[on].length === 0 ? [] : Array.from({ length: cards }, () => kind);
  });
  let left: Kind[] = [];
  let later: Kind[] = [];
  return {
    next() {
      if (left.length === 0) {
        left = shuffled(random, [...new Set(later), ...all]);
        later = [];
      }
      return left.pop();
    },
    back: (kind) => void later.push(kind),
  };
}

/** What is done once in a run has its time from the start: it needs a good part of it. */
function onceIn(random: Random, { targets, minutes }: PlanOptions): Unnumbered[] {
  return names.flatMap((kind) => {
    const { on, onceFromMinutes } = rowOf(kind);
    if (onceFromMinutes === undefined || minutes < onceFromMinutes) return [];
    if (targets[on].length === 0) return [];
    const atMs = QUIET_MS + random.int(ONCE_WITHIN * minutes * 60_000);
    return [{ atMs, forMs: lengthOf(random, kind, false), kind, target: random.pick(targets[on]) }];
  });
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, rank: random.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

type Deal = {
  readonly random: Random;
  readonly deck: Deck;
  readonly targets: Targets;
  readonly faults: readonly Unnumbered[];
  readonly atMs: number;
  readonly endMs: number;
  readonly long: boolean;
};

function deal({ random, deck, targets, faults, atMs, endMs, long }: Deal): Unnumbered | undefined {
  const kind = deck.next();
  if (kind === undefined) return undefined;
  const { on, takesMs = 0 } = rowOf(kind);
  if (atMs + takesMs > endMs) return undefined;
  const free = targets[on].filter((target) => !isBusy(faults, target, { atMs, takesMs }));
  if (free.length === 0) {
    deck.back(kind);
    return undefined;
  }
  const target = random.pick(free);
  const wanted = lengthOf(random, kind, long);
  const forMs = Math.min(wanted, endMs - atMs);
  if (on !== 'link') return { atMs, forMs, kind, target };
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

/** Whether something is done to it then, or will be before one that takes so long is over. */
const isBusy = (
  faults: readonly Unnumbered[],
  target: string,
  { atMs, takesMs }: { readonly atMs: number; readonly takesMs: number },
): boolean =>
  faults.some(
    (fault) =>
      fault.target === target &&
      fault.atMs + lastsMs(fault) + BREATH_MS > atMs &&
      fault.atMs < atMs + takesMs + BREATH_MS,
  );

const lastsMs = ({ kind, forMs }: Pick<Fault, 'kind' | 'forMs'>): number =>
  forMs + (rowOf(kind).takesMs ?? 0);

/** A fault in one line: for people, and to compare plans. */
export function faultText({ atMs, forMs, kind, target, harm, direction }: Fault): string {
  const how = harm === undefined ? '' : ` ${harm} ${direction}`;
  const lasts = forMs === 0 ? '' : ` for ${(forMs / 1_000).toFixed(1)} s`;
  return `${(atMs / 1_000).toFixed(1)} s  ${kind} ${target}${how}${lasts}`;
}
