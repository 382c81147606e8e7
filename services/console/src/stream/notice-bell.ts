import type { NoticeDoor } from '@cityloop/service';

/** How soon a new message rings, ms. */
const LOOK_MS = 1_000;

type Ring = (unread: number) => void;
type Listener = { heard: string | undefined; readonly rings: Set<Ring> };

/**
 * Rings at the open streams of those who have a new message, and at one that opens on unread ones. One question a
 * second for all of them; while nobody answers it nothing rings.
 */
export class NoticeBell {
  readonly #newest: NoticeDoor['newestNotices'];
  readonly #listeners = new Map<string, Listener>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(newest: NoticeDoor['newestNotices']) {
    this.#newest = newest;
  }

  /** Rings from now on; the result ends it. */
  join(personId: string, ring: Ring): () => void {
    // Whoever opens one more stream has it rung as well: what it shows is not known here.
    const rings = new Set(this.#listeners.get(personId)?.rings).add(ring);
    this.#listeners.set(personId, { heard: undefined, rings });
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS).unref();
    return () => {
      const listener = this.#listeners.get(personId);
      listener?.rings.delete(ring);
      if (listener?.rings.size === 0) this.#listeners.delete(personId);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    // A service that is away is asked again a second later.
    const found = await this.#newest([...this.#listeners.keys()]).catch(() => []);
    this.#looking = false;
    for (const { personId, id, unread } of found) {
      const listener = this.#listeners.get(personId);
      // What was waiting for its 督办 may be told later than a younger one.
      const now = `${id} ${unread}`;
      if (listener === undefined || listener.heard === now) continue;
      listener.heard = now;
      for (const ring of listener.rings) ring(unread);
    }
  }
}
