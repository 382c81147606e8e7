import type { Ledger } from './ledger.ts';
import type { Tally } from './oracle.ts';
import { dueOf, isRunning, type Kept } from './plain-clock.ts';
import type { ToldData, ToldEvent } from './told.ts';

/** In which order marks of one instant are recorded; assisting units come behind, by their ids. */
const ORDER = [
  'end-to-end',
  'accept',
  'dispatch',
  'receive',
  'first-contact',
  'handle',
  'verify',
  'call-back',
  'rework',
  'ruling',
];

type Asked = {
  readonly tally: Pick<Tally, 'marks'>;
  found(event: ToldEvent, clock: string, what: string, about: 'mark'): void;
};

const iso = (ms: number): string => new Date(ms).toISOString();
const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

/** Whether what comes due is marked once, in order, and before anybody does anything behind it. */
export class MarkOrder {
  readonly #book: ReadonlyMap<string, Kept>;
  readonly #ledger: Ledger;
  readonly #asked: Asked;
  readonly #marked = new Set<string>();

  constructor(book: ReadonlyMap<string, Kept>, ledger: Ledger, asked: Asked) {
    this.#book = book;
    this.#ledger = ledger;
    this.#asked = asked;
  }

  /** Looks at an event before what it changes is taken. */
  check(event: ToldEvent, fact: string, data: ToldData, atMs: number): void {
    if (fact === 'clock-overdue') this.#mark(event, data, atMs);
    else if (fact === 'resumed')
      this.#pending(event, Math.min(atMs, this.#ledger.endsMs - 1), atMs);
    else if (fact !== 'replanned') {
      this.#pending(event, atMs, atMs);
      this.#ended(event, atMs);
    }
  }

  rest(last: ToldEvent, endMs: number): void {
    this.#pending(last, endMs, Number.POSITIVE_INFINITY);
    this.#ended(last, endMs);
  }

  #mark(event: ToldEvent, { clock: name = '', dueAt = '' }: ToldData, atMs: number): void {
    this.#asked.tally.marks += 1;
    const found = (what: string): void => this.#asked.found(event, name, what, 'mark');
    const kept = this.#book.get(name);
    if (kept === undefined) {
      found('is marked and was never started');
      return;
    }
    const dueMs = dueOf(kept);
    const id = `${name}/${kept.epoch}`;
    if (this.#marked.has(id) || kept.redMs !== undefined) found('is marked a second time');
    this.#marked.add(id);
    if (!isRunning(kept)) found('is marked while it does not run');
    if (Date.parse(dueAt) !== dueMs) found(`is marked for ${dueAt}, due at ${iso(dueMs)}`);
    if (dueMs > atMs) found(`is marked at ${iso(atMs)}, due at ${iso(dueMs)}`);
    for (const [other, one] of this.#book) {
      if (other !== name && isPending(one) && comesFirst([dueOf(one), other], [dueMs, name])) {
        found(`is marked before ${other}, which was due at ${iso(dueOf(one))}`);
      }
    }
    const endsMs = this.#ledger.endsMs;
    if (endsMs <= dueMs) found(`is marked before the pause that ended at ${iso(endsMs)}`);
    kept.redMs = dueMs;
  }

  /** What was due by `upToMs` bears its mark; a clock changed at `atMs` was not there to be marked. */
  #pending(event: ToldEvent, upToMs: number, atMs: number): void {
    for (const [name, kept] of this.#book) {
      if (!isPending(kept) || dueOf(kept) > upToMs || kept.touchedMs >= atMs) continue;
      const what = `was due at ${iso(dueOf(kept))} and has no mark`;
      this.#asked.found(event, name, what, 'mark');
    }
  }

  #ended(event: ToldEvent, atMs: number): void {
    for (const { id, until, from } of this.#ledger.open) {
      if (until === undefined || Date.parse(until) > atMs || Date.parse(from) >= atMs) continue;
      this.#asked.found(event, `pause ${id}`, `ran until ${until} and was not ended`, 'mark');
    }
  }
}

const isPending = (kept: Kept): boolean => isRunning(kept) && kept.redMs === undefined;

function comesFirst(a: readonly [number, string], b: readonly [number, string]): boolean {
  if (a[0] !== b[0]) return a[0] < b[0];
  const [first, second] = [rank(a[1]), rank(b[1])];
  return first === second ? a[1] < b[1] : first < second;
}
