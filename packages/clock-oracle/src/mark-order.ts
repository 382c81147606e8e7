import type { Ledger } from './ledger.ts';
import type { Tally } from './oracle.ts';
import { dueOf, isRunning, type Kept, nextMark } from './plain-clock.ts';
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
  readonly tally: Pick<Tally, 'amber' | 'red'>;
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
    if (fact === 'clock-overdue' || fact === 'clock-warned') this.#mark(event, data, atMs);
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

  #mark(event: ToldEvent, data: ToldData, atMs: number): void {
    const { clock: name = '', amberAt } = data;
    const mark = event.type.endsWith('.clock-warned') ? 'amber' : 'red';
    this.#asked.tally[mark] += 1;
    const found = (what: string): void =>
      this.#asked.found(event, name, `${what} (${mark})`, 'mark');
    const kept = this.#book.get(name);
    if (kept === undefined) {
      found('is marked and was never started');
      return;
    }
    this.#once(name, kept, mark, found);
    const markMs = mark === 'amber' ? kept.warnMs : dueOf(kept);
    const told = (mark === 'amber' ? amberAt : data.dueAt) ?? '';
    if (Date.parse(told) !== markMs) found(`is marked for ${told}, which is at ${iso(markMs)}`);
    if (markMs > atMs) found(`is marked at ${iso(atMs)}, before ${iso(markMs)}`);
    this.#inOrder(name, markMs, found);
    if (mark === 'amber') kept.amberMs = markMs;
    else kept.redMs = markMs;
  }

  #once(name: string, kept: Kept, mark: string, found: (what: string) => void): void {
    const id = `${mark}/${name}/${kept.epoch}`;
    const next = nextMark(kept)?.mark;
    if (this.#marked.has(id)) found('is marked a second time');
    else if (!isRunning(kept)) found('is marked while it does not run');
    else if (next !== mark) found(`is marked, and ${next ?? 'no mark'} was next`);
    this.#marked.add(id);
  }

  /** Nothing else came first: no mark of another clock, and no end of a pause. */
  #inOrder(name: string, markMs: number, found: (what: string) => void): void {
    for (const [other, one] of this.#book) {
      const next = other === name ? undefined : nextMark(one);
      if (next !== undefined && comesFirst([next.atMs, other], [markMs, name])) {
        found(`is marked before ${other}, which was to be at ${iso(next.atMs)}`);
      }
    }
    const { endsMs } = this.#ledger;
    if (endsMs <= markMs) found(`is marked before the pause that ended at ${iso(endsMs)}`);
  }

  /** What was due by `upToMs` bears its mark; a clock changed at `atMs` was not there to be marked. */
  #pending(event: ToldEvent, upToMs: number, atMs: number): void {
    for (const [name, kept] of this.#book) {
      const next = nextMark(kept);
      if (next === undefined || next.atMs > upToMs || kept.touchedMs >= atMs) continue;
      const what = `was to be marked ${next.mark} at ${iso(next.atMs)} and was not`;
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

function comesFirst(a: readonly [number, string], b: readonly [number, string]): boolean {
  if (a[0] !== b[0]) return a[0] < b[0];
  const [first, second] = [rank(a[1]), rank(b[1])];
  return first === second ? a[1] < b[1] : first < second;
}
