/** A sleep that is shortened while it lasts, and before it begins. */
export class Sleep {
  readonly #nowMs: () => number;
  readonly #stop: AbortSignal;
  #untilMs = Number.POSITIVE_INFINITY;
  #leastMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  /** `nowMs` is the clock of all instants; nobody sleeps once `stop` is aborted. */
  constructor(nowMs: () => number, stop: AbortSignal) {
    this.#nowMs = nowMs;
    this.#stop = stop;
    stop.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  /** From here on `atMost` counts for the next sleep, which is no longer than `mostMs` from now. */
  begin(mostMs: number): void {
    this.#untilMs = this.#nowMs() + mostMs;
  }

  /** Sleeps until this instant at most, also when it has begun. */
  atMost(untilMs: number): void {
    if (untilMs >= this.#untilMs) return;
    this.#untilMs = untilMs;
    if (this.#wake !== undefined) this.#arrange();
  }

  /** Resolves when the time has come, but not within `leastMs`, or when all is to stop. */
  async over(leastMs: number): Promise<void> {
    if (this.#stop.aborted) return;
    this.#leastMs = this.#nowMs() + leastMs;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#arrange();
    });
    clearTimeout(this.#timer);
    this.#wake = undefined;
  }

  #arrange(): void {
    clearTimeout(this.#timer);
    const untilMs = Math.max(this.#untilMs, this.#leastMs);
    this.#timer = setTimeout(() => this.#wake?.(), Math.max(0, untilMs - this.#nowMs()));
  }
}
