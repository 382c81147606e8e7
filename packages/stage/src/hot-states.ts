import { RecentMap } from '@cityloop/kernel';
import type { Whereabouts } from './work.ts';

/** How many incidents at least are kept folded in memory; those untouched for long go. */
const KEPT = 5_000;

/** The states this process has folded. A copy that has gone stale is found out by the commit. */
export class HotStates {
  readonly #states = new RecentMap<string, Whereabouts>(KEPT);

  get(id: string): Whereabouts | undefined {
    return this.#states.get(id);
  }

  put(id: string, entry: Whereabouts): void {
    // Nothing but an appeal comes to what is filed away.
    if (entry.incident?.status === 'archived') this.#states.delete(id);
    else this.#states.set(id, entry);
  }

  drop(id: string): void {
    this.#states.delete(id);
  }
}
