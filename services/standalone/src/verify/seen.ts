const FIRST_SLOTS = 1 << 12;
/** Free slots keep the probes short. */
const FULL = 0.6;

/**
 * Remembers a great many texts by fingerprints of 53 bits, in 14 to 27 bytes each. `add` answers whether a
 * text was there before; among a million one in ten thousand runs has a false yes, so that a yes has
 * to be looked up.
 */
export class Seen {
  #slots = new Float64Array(FIRST_SLOTS);
  #size = 0;

  add(text: string): boolean {
    if (this.#size > this.#slots.length * FULL) this.#grow();
    return this.#put(fingerprint(text));
  }

  #put(print: number): boolean {
    const mask = this.#slots.length - 1;
    // The low bits alone decide on the place.
    let at = print % this.#slots.length;
    for (;;) {
      const there = this.#slots[at];
      if (there === print) return true;
      if (there === 0) {
        this.#slots[at] = print;
        this.#size += 1;
        return false;
      }
      at = (at + 1) & mask;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(before.length * 2);
    this.#size = 0;
    for (const print of before) if (print !== 0) this.#put(print);
  }
}

/** 53 bits of a text, never 0 (cyrb53: two multiplicative hashes, mixed at the end). */
function fingerprint(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let n = 0; n < text.length; n++) {
    const unit = text.charCodeAt(n);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0) || 1;
}
