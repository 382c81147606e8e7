import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { Logger } from '@cityloop/runtime';
import { type Place, Replica } from './replica.ts';

/** How often host names are looked up, ms. */
const LOOK_MS = 5_000;

export type ReplicasOptions = {
  readonly service: string;
  /** Base URLs; each stands for all the addresses its host name has. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly logger: Logger;
  /** One more can be sent calls. */
  onIn(): void;
  /** All addresses of a host name; the system's own answer unless given. */
  lookup?(hostname: string): Promise<readonly LookupAddress[]>;
};

/** The replicas of one service, as they come and go. */
export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #timer: NodeJS.Timeout;
  #known = new Map<string, Replica>();
  /** By base URL, as it was when last its name could be looked up. */
  readonly #places = new Map<string, readonly Place[]>();
  #looking = false;
  #closed = false;

  constructor(options: ReplicasOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
    void this.#look();
  }

  /** The one with the least to do, or undefined when none takes calls. */
  choose(): Replica | undefined {
    let best: Replica | undefined;
    for (const replica of this.#known.values()) {
      if (replica.isOut || (best !== undefined && best.load <= replica.load)) continue;
      best = replica;
    }
    return best;
  }

  /** How many there are, and how many of them take calls. */
  count(): { readonly known: number; readonly atWork: number } {
    const all = [...this.#known.values()];
    return { known: all.length, atWork: all.filter((replica) => !replica.isOut).length };
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const replica of this.#known.values()) replica.close();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    await Promise.all(this.#options.urls.map((url) => this.#lookFor(url)));
    if (!this.#closed) this.#take([...this.#places.values()].flat());
    this.#looking = false;
  }

  /** A name that cannot be looked up takes nothing from the others. */
  async #lookFor(url: string): Promise<void> {
    const { service, logger } = this.#options;
    try {
      this.#places.set(url, await placesOf(url, this.#options.lookup ?? allAddresses));
    } catch (error) {
      logger.warn(
        { err: error, service, url },
        'addresses are not to be had, the last known ones serve',
      );
    }
  }

  #take(places: readonly Place[]): void {
    const before = this.#known;
    this.#known = new Map();
    for (const place of places) {
      const known = before.get(place.origin) ?? new Replica({ ...this.#options, place });
      this.#known.set(place.origin, known);
    }
    const came = places.some(({ origin }) => !before.has(origin));
    for (const [origin, replica] of before) {
      // What it has under way is sent elsewhere, where that is safe.
      if (!this.#known.has(origin)) replica.close();
    }
    if (came) this.#options.onIn();
  }
}

const allAddresses = (hostname: string) => lookup(hostname, { all: true });

async function placesOf(
  base: string,
  addressesOf: NonNullable<ReplicasOptions['lookup']>,
): Promise<Place[]> {
  const url = new URL(base);
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const addresses = await addressesOf(hostname);
  return addresses.map(({ address, family }) => ({
    origin: `${url.protocol}//${family === 6 ? `[${address}]` : address}:${port}`,
    host: url.host,
    hostname,
  }));
}
