import { setTimeout as after } from 'node:timers/promises';
import type { Logger } from '@cityloop/runtime';

/** The rest before one that was left out is asked again, ms; it grows up to the last. */
const REST_MS = [50, 100, 200, 400, 800, 1_600] as const;

export type PresenceOptions = {
  readonly service: string;
  readonly origin: string;
  readonly logger: Logger;
  /** Asks it whether it can do its work. */
  isReady(): Promise<boolean>;
  /** It can be sent calls again. */
  onIn(): void;
};

/** Whether a replica is sent calls: one that is left out is asked until it is ready. */
export class Presence {
  readonly #options: PresenceOptions;
  #out = false;
  #closed = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  get isOut(): boolean {
    return this.#out;
  }

  /** Sends it no more calls for a while; false when that is so already. */
  leaveOut(why: unknown): boolean {
    if (this.#out || this.#closed) return false;
    this.#out = true;
    const { service, origin, logger } = this.#options;
    const reason = why instanceof Error ? why.message : String(why);
    logger.info({ service, origin, reason }, 'a replica is left out');
    void this.#askUntilReady();
    return true;
  }

  close(): void {
    this.#closed = true;
  }

  async #askUntilReady(): Promise<void> {
    const { service, origin, logger, isReady, onIn } = this.#options;
    for (let round = 0; !this.#closed; round++) {
      const rest = REST_MS[Math.min(round, REST_MS.length - 1)];
      await after(rest, undefined, { ref: false });
      if (this.#closed || !(await isReady())) continue;
      this.#out = false;
      logger.info({ service, origin }, 'a replica is back');
      onIn();
      return;
    }
  }
}
