import { type Following, type PictureDoor, REPLAY_MOST, type Told } from '@cityloop/service';
import { type Frame, lazyFrame } from './frame.ts';

/** How long nobody has to be there until it is no more followed what happens, ms. */
const REST_MS = 30_000;

type Item = { readonly position: number; readonly frame: () => Frame };
type Source = Pick<PictureDoor, 'follow' | 'replay'>;
type Waiting = { readonly position: number; resolve(): void };

/**
 * The newest events of the log in memory, in order and without gaps, shared by all clients: each client
 * is a position in it. What was before somebody came is read from the log when first asked for.
 */
export class Feed {
  readonly #source: Source;
  readonly #restMs: number;
  #ready: Promise<Following> | undefined;
  #items: Item[] = [];
  #last: number | undefined;
  #filling: Promise<void> | undefined;
  #users = 0;
  #rest: NodeJS.Timeout | undefined;
  #waiting: Waiting[] = [];

  constructor(source: Source, restMs = REST_MS) {
    this.#source = source;
    this.#restMs = restMs;
  }

  /** Says that somebody needs the feed; what is returned takes it back. */
  join(): () => void {
    clearTimeout(this.#rest);
    this.#users += 1;
    let joined = true;
    return () => {
      if (!joined) return;
      joined = false;
      this.#users -= 1;
      if (this.#users === 0) this.#rest = setTimeout(() => this.stop(), this.#restMs).unref();
    };
  }

  /** Resolves once `last` is known and everything behind it will be here. */
  async ready(): Promise<void> {
    this.#ready ??= this.#begin();
    await this.#ready;
  }

  /** The position of the newest event that clients may have been sent. */
  get last(): number {
    return this.#last ?? 0;
  }

  /** The position before the oldest event a client can still be sent from memory. */
  get oldest(): number {
    return (this.#items[0]?.position ?? this.last + 1) - 1;
  }

  /** Resolves when the feed is at this position, or after `withinMs`: another replica may be ahead. */
  async awaits(position: number, withinMs: number): Promise<void> {
    if (position <= this.last) return;
    const reached = Promise.withResolvers<void>();
    const waiting = { position, resolve: reached.resolve };
    this.#waiting.push(waiting);
    const timer = setTimeout(reached.resolve, withinMs);
    await reached.promise;
    clearTimeout(timer);
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
  }

  /** Makes everything after `position` readable, as far back as `REPLAY_MOST` allows. */
  async reach(position: number): Promise<void> {
    await this.ready();
    if (position >= this.oldest) return;
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
    await this.#filling;
  }

  /** The events after a position, oldest first. */
  after(position: number): readonly Item[] {
    let at = this.#items.length;
    while (at > 0 && (this.#items[at - 1]?.position ?? 0) > position) at -= 1;
    return at === 0 ? this.#items : this.#items.slice(at);
  }

  /** Follows no more, until somebody comes again. */
  stop(): void {
    clearTimeout(this.#rest);
    this.#ready?.then(
      (following) => following.stop(),
      () => undefined,
    );
    this.#ready = undefined;
    this.#items = [];
    this.#last = undefined;
  }

  #begin(): Promise<Following> {
    let mine: Promise<Following> | undefined;
    const current = (): boolean => this.#ready === mine;
    mine = this.#source
      .follow({
        told: (told) => {
          if (current()) this.#push(told);
        },
        reset: (position) => {
          if (current()) this.#restart(position);
        },
      })
      .then(
        (following) => {
          if (current()) this.#last = Math.max(following.from, this.#last ?? 0);
          return following;
        },
        (error: unknown) => {
          if (current()) this.#ready = undefined;
          throw error;
        },
      );
    return mine;
  }

  #push(told: Told): void {
    const { position } = told;
    // What was told before is told again by a source that tried again: positions only ascend here.
    if (position <= this.last) return;
    this.#last = position;
    this.#items.push({ position, frame: lazyFrame(told) });
    if (this.#items.length > 2 * REPLAY_MOST) this.#items = this.#items.slice(-REPLAY_MOST);
    for (const waiting of this.#waiting) if (waiting.position <= position) waiting.resolve();
  }

  /** Something is missing in between: whoever was before it has to load anew. */
  #restart(position: number): void {
    this.#items = [];
    this.#last = position;
  }

  async #fill(): Promise<void> {
    const before = this.oldest;
    const from = Math.max(1, this.last - REPLAY_MOST + 1);
    if (from > before) return;
    const told = await this.#source.replay(from, before - from + 1);
    const oldest = this.oldest;
    const items = told
      .filter(({ position }) => position <= before && position <= oldest)
      .map((item) => ({ position: item.position, frame: lazyFrame(item) }));
    // Trimmed meanwhile: what would go in front no longer joins on.
    if (oldest === before) this.#items = [...items, ...this.#items];
  }
}
