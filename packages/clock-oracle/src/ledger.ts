import type { ToldPause } from './told.ts';

/** The ledger of pauses as the history last told it. */
export class Ledger {
  #open: readonly ToldPause[] = [];

  get open(): readonly ToldPause[] {
    return this.#open;
  }

  /** Takes the ledger as an event leaves it; answers what ended and what began with it. */
  turn(told: readonly ToldPause[]): {
    readonly ended: readonly ToldPause[];
    readonly opened: readonly ToldPause[];
  } {
    const before = new Set(this.#open.map((pause) => pause.id));
    const ended = told.filter((pause) => pause.endedAt !== undefined && before.has(pause.id));
    this.#open = told.filter((pause) => pause.endedAt === undefined);
    return { ended, opened: this.#open.filter((pause) => !before.has(pause.id)) };
  }

  /** The earliest end that was set beforehand, ms; Infinity when none is. */
  get endsMs(): number {
    return Math.min(...this.#open.map(({ until }) => (until ? Date.parse(until) : Infinity)));
  }
}
