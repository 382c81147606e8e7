import { type Database, statement } from '@cityloop/postgres';

const askTime = statement('select (extract(epoch from clock_timestamp()) * 1000)::int8 as now');
/** How often the difference is measured anew, ms. */
const EVERY_MS = 10_000;
/** Of these the quickest counts: the first may have had to connect, any may have had to wait. */
const SAMPLES = 3;

/**
 * The database's clock without a question per batch: the machine's monotonic clock plus a difference
 * that is measured now and then. Never runs backwards.
 */
export class DatabaseClock {
  readonly #db: Database;
  #offsetMs: number;
  #lastMs = 0;
  #measuredAtMs = performance.now();
  #measuring = false;

  private constructor(db: Database, offsetMs: number) {
    this.#db = db;
    this.#offsetMs = offsetMs;
  }

  /** Measures once; throws what the database throws. */
  static async start(db: Database): Promise<DatabaseClock> {
    return new DatabaseClock(db, await measure(db));
  }

  /** The database's time, whole ms. */
  nowMs(): number {
    const here = performance.now();
    if (here - this.#measuredAtMs > EVERY_MS && !this.#measuring) this.#measure(here);
    this.#lastMs = Math.max(this.#lastMs, Math.floor(here + this.#offsetMs));
    return this.#lastMs;
  }

  /** How far the machine's own clock is from the database's, ms; more than 5 s is not ready. */
  skewMs(): number {
    return Date.now() - Math.floor(performance.now() + this.#offsetMs);
  }

  #measure(here: number): void {
    this.#measuring = true;
    measure(this.#db)
      .then((offsetMs) => {
        this.#offsetMs = offsetMs;
      })
      .catch(() => undefined) // the old difference serves until the database is back
      .finally(() => {
        this.#measuring = false;
        this.#measuredAtMs = here;
      });
  }
}

/** The difference as the quickest of a few answers has it: half its way is all it can be wrong by. */
async function measure(db: Database): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, offsetMs: 0 };
  for (let n = 0; n < SAMPLES; n++) {
    const before = performance.now();
    const rows = await db.query<{ now: number }>(askTime);
    const after = performance.now();
    if (after - before >= best.tookMs) continue;
    best = { tookMs: after - before, offsetMs: Number(rows[0]?.now) - (before + after) / 2 };
  }
  return best.offsetMs;
}
