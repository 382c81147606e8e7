import type { Loop, Told } from '../loop.ts';
import { type Frame, lazyFrame } from './frame.ts';

/** How far back a client may ask, in records of the log. */
export const REPLAY_MOST = 5_000;

type Item = { readonly position: number; readonly frame: () => Frame };
type Source = Pick<Loop['picture'], 'onEvent' | 'replay' | 'show'>;

/**
 * The newest events of the log in memory, in order and without gaps, shared by all clients: each client
 * is a position in it. What was before this process began is read from the log when first asked for.
 */
export class Feed {
  readonly #source: Source;
  readonly #stopListening: () => void;
  readonly #ends: Loop['log']['ends'];
  #ready: Promise<void> | undefined;
  #items: Item[] = [];
  #last: number | undefined;
  #filling: Promise<void> | undefined;

  constructor(source: Source, ends: Loop['log']['ends']) {
    this.#source = source;
    this.#ends = ends;
    this.#stopListening = source.onEvent((event, after, position) => {
      // A batch that failed is told again: positions only ever ascend here.
      if (position <= (this.#last ?? 0)) return;
      this.#push({ position, event, after });
    });
  }

  /** Resolves once `last` is known. */
  ready(): Promise<void> {
    // Listening began before: whatever is in the log by now comes from there, the rest was heard.
    this.#ready ??= this.#ends('incidents').then(
      (found) => {
        this.#last = Math.max((found[0]?.position ?? 1) - 1, this.#last ?? 0);
      },
      (error: unknown) => {
        this.#ready = undefined;
        throw error;
      },
    );
    return this.#ready;
  }

  /** The position of the newest event that clients may have been sent. */
  get last(): number {
    return this.#last ?? 0;
  }

  /** The position before the oldest event a client can still be sent from memory. */
  get oldest(): number {
    return (this.#items[0]?.position ?? this.last + 1) - 1;
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

  #push(told: Told): void {
    const { position } = told;
    this.#last = position;
    const frame = lazyFrame(told, (incident) => this.#source.show(incident));
    this.#items.push({ position, frame });
    if (this.#items.length > 2 * REPLAY_MOST) this.#items = this.#items.slice(-REPLAY_MOST);
  }

  async #fill(): Promise<void> {
    const before = this.oldest;
    const from = Math.max(1, this.last - REPLAY_MOST + 1);
    if (from > before) return;
    const told = await this.#source.replay(from, before - from + 1);
    const oldest = this.oldest;
    const show: Source['show'] = (incident) => this.#source.show(incident);
    const items = told
      .filter(({ position }) => position <= before && position <= oldest)
      .map((item) => ({ position: item.position, frame: lazyFrame(item, show) }));
    // Trimmed meanwhile: what would go in front no longer joins on.
    if (oldest === before) this.#items = [...items, ...this.#items];
  }

  stop(): void {
    this.#stopListening();
  }
}
