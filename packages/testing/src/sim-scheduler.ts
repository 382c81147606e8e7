import type { Timing } from '@cityloop/stage';
import type { Random } from './random.ts';

/** What becomes of something that is waiting for its turn. */
export type Fate = 'done' | 'lost-before' | 'lost-after' | 'refused';

type Gate = {
  readonly owner: string;
  readonly label: string;
  readonly fates: readonly Fate[];
  release(fate: Fate): void;
  /** What may still happen to it when its owner has died. */
  readonly posthumous?: (() => Promise<void>) | undefined;
};

type Timer = { readonly owner: string; readonly dueMs: number; task(): void };

/**
 * Everything that waits for the world outside waits at a gate here, and chance says which one opens
 * next: so any order that could happen does happen, and the same seed makes it happen again.
 */
export class Scheduler {
  readonly random: Random;
  readonly trace: string[] = [];
  /** While calm, nothing fails. */
  calm = false;
  #gates: Gate[] = [];
  #timers: Timer[] = [];
  #passedMs = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** Waits for its turn. `fates` are the ways it may go wrong besides going well. */
  turn(
    owner: string,
    label: string,
    fates: readonly Fate[] = [],
    posthumous?: () => Promise<void>,
  ): Promise<Fate> {
    return new Promise((release) => {
      this.#gates.push({ owner, label, fates, release, posthumous });
    });
  }

  /** The time an engine lives by: it passes as steps are taken. */
  timingOf(owner: string): Timing {
    return {
      nowMs: () => this.#passedMs,
      after: (ms, task) => {
        const timer = { owner, dueMs: this.#passedMs + ms, task };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((t) => t !== timer);
        };
      },
      soon: queueMicrotask,
    };
  }

  get waiting(): number {
    return this.#gates.length;
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Opens one gate, chosen by chance. */
  open(): void {
    const gate = this.random.pick(this.#gates);
    this.#gates = this.#gates.filter((g) => g !== gate);
    const wrong = !this.calm && gate.fates.length > 0 && this.random.chance(0.08);
    const fate = wrong ? this.random.pick(gate.fates) : 'done';
    this.note(`${gate.owner} ${gate.label} ${fate}`);
    gate.release(fate);
  }

  /** Lets engine time pass: to the next timer when there is one, and rings it. */
  pass(): void {
    const [first] = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs);
    if (first === undefined) return;
    this.#timers = this.#timers.filter((t) => t !== first);
    this.#passedMs = Math.max(this.#passedMs, first.dueMs);
    this.note(`${first.owner} timer`);
    first.task();
  }

  /** All that this owner was waiting for will never come; what was under way may still happen. */
  bury(owner: string): void {
    const gates = this.#gates.filter((g) => g.owner === owner);
    this.#gates = this.#gates.filter((g) => g.owner !== owner);
    this.#timers = this.#timers.filter((t) => t.owner !== owner);
    for (const { label, posthumous } of gates) {
      if (posthumous === undefined || this.random.chance(0.5)) continue;
      this.note(`${owner} ${label} happened all the same`);
      posthumous().catch(() => undefined);
    }
  }

  note(line: string): void {
    this.trace.push(line);
  }
}

/** Lets everything run that waits for nobody. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
