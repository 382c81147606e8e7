import type { ToldPause } from './told.ts';

/** The ledger of pauses as the history last told it. */
export class Ledger {
  #open: readonly ToldPause[] = [];
  readonly #revoked = new Set<string>();

  get open(): readonly ToldPause[] {
    return this.#open;
  }

  /** Takes the ledger as an event leaves it; answers what ended, began and was taken back with it. */
  turn(told: readonly ToldPause[]): {
    readonly ended: readonly ToldPause[];
    readonly opened: readonly ToldPause[];
    readonly revoked: readonly ToldPause[];
  } {
    const before = new Set(this.#open.map((pause) => pause.id));
    const revoked = told.filter((p) => p.revokedAt !== undefined && !this.#revoked.has(p.id));
    for (const pause of revoked) this.#revoked.add(pause.id);
    const ended = told.filter(
      (p) => p.endedAt !== undefined && p.revokedAt === undefined && before.has(p.id),
    );
    this.#open = told.filter((pause) => pause.endedAt === undefined);
    return { ended, opened: this.#open.filter((pause) => !before.has(pause.id)), revoked };
  }

  /** The earliest end that was set beforehand, ms; Infinity when none is. */
  get endsMs(): number {
    return Math.min(...this.#open.map(({ until }) => (until ? Date.parse(until) : Infinity)));
  }
}
