import type { Whereabouts } from './work.ts';

/** How many incidents are kept folded in memory; beyond it the longest untouched go. */
const KEPT = 10_000;

/** The states this process has folded. A copy that has gone stale is found out by the commit. */
export class HotStates {
  readonly #states = new Map<string, Whereabouts>();

  get(id: string): Whereabouts | undefined {
    return this.#states.get(id);
  }

  put(id: string, entry: Whereabouts): void {
    this.#states.delete(id);
    this.#states.set(id, entry);
    if (this.#states.size <= KEPT) return;
    for (const oldest of this.#states.keys()) {
      this.#states.delete(oldest);
      break;
    }
  }

  drop(id: string): void {
    this.#states.delete(id);
  }
}
