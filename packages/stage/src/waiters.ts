import { RuleViolation, type Unavailable } from '@cityloop/kernel';
import type { Timing } from './timing.ts';
import type { Work } from './work.ts';

/** How long a command waits for a hand-over that is on its way, ms, unless told otherwise. */
const PATIENCE_MS = 2_000;
/** Between two looks at the database, for a hand-over another process has taken, ms. */
const LOOK_MS = 25;
/** Between two questions to the other services about one of them, ms. */
const ASK_MS = 500;
const MOST = 1_000;

type Waiting = { readonly work: Work; readonly sinceMs: number };

/**
 * Commands that came before the hand-over of their incident. They wait outside any transaction; the
 * arrival wakes them, and now and then they are simply tried again, since another process may have
 * taken the hand-over.
 */
export class Waiters {
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #since = new WeakMap<Work, number>();
  readonly #asked = new WeakMap<Work, number>();
  readonly #timing: Timing;
  readonly #patienceMs: number;
  #size = 0;
  #callOff: (() => void) | undefined;

  constructor(timing: Timing, patienceMs: number = PATIENCE_MS) {
    this.#timing = timing;
    this.#patienceMs = patienceMs;
  }

  /** Whether the work has not waited yet. */
  isNew(work: Work): boolean {
    return !this.#since.has(work);
  }

  /**
   * Whether it is time to ask the others where the incident is: not before it has waited here for a moment, and
   * then now and again.
   */
  isToAsk(work: Work): boolean {
    const since = this.#since.get(work);
    if (since === undefined) return false;
    const nowMs = this.#timing.nowMs();
    const asked = this.#asked.get(work);
    if (asked !== undefined && nowMs - asked < ASK_MS && nowMs - since <= this.#patienceMs) {
      return false;
    }
    this.#asked.set(work, nowMs);
    return true;
  }

  /** Lets it wait; when it has waited long enough it is refused, with `why` where there is a reason. */
  add(id: string, work: Work, submit: (work: Work) => void, why?: Unavailable): void {
    const nowMs = this.#timing.nowMs();
    const sinceMs = this.#since.get(work) ?? nowMs;
    this.#since.set(work, sinceMs);
    if (nowMs - sinceMs > this.#patienceMs || this.#size >= MOST) {
      work.reject(why ?? inTransit());
      return;
    }
    const list = this.#waiting.get(id) ?? [];
    list.push({ work, sinceMs });
    this.#waiting.set(id, list);
    this.#size += 1;
    this.#callOff ??= this.#timing.after(LOOK_MS, () => this.#retry(submit));
  }

  wake(id: string, submit: (work: Work) => void): void {
    if (this.#size === 0) return;
    const list = this.#waiting.get(id);
    if (list === undefined) return;
    this.#waiting.delete(id);
    this.#size -= list.length;
    for (const { work } of list) submit(work);
  }

  rejectAll(error: Unavailable): void {
    this.#callOff?.();
    for (const list of this.#waiting.values()) for (const { work } of list) work.reject(error);
    this.#waiting.clear();
    this.#size = 0;
  }

  #retry(submit: (work: Work) => void): void {
    this.#callOff = undefined;
    for (const id of [...this.#waiting.keys()]) this.wake(id, submit);
  }
}

function inTransit(): RuleViolation {
  return new RuleViolation(
    'IN_TRANSIT',
    '案件正在移交，请稍后重试 / the incident is being handed over, try again',
    { retryAfter: 1 },
  );
}
