import { InvalidInput } from '@cityloop/kernel';
import type { Armed, Due } from '../timers.ts';

/**
 * Length of a window, ms. A million timers over ten days at a city's centres put some forty into each,
 * which costs 31 bytes a timer; a minute costs 79, an hour (no listpacks any more) 134. Part of the
 * layout: whoever changes it changes the keys' prefix.
 */
export const WINDOW_MS = 600_000;

/** Window, offset, id. */
export const TIMER_BYTES = 24;

/** Writes a timer; `id` must be a UUID, which is what rows are known by. */
export function writeTimer(into: Buffer, at: number, { id, dueMs }: Due): void {
  const window = Math.floor(dueMs / WINDOW_MS);
  into.writeUInt32BE(window, at);
  into.writeUInt32BE(dueMs - window * WINDOW_MS, at + 4);
  writeUuid(into, at + 8, id);
}

/** The value of each hexadecimal digit by its character code, 16 for what is none. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 16 : value;
});
/** Where in a UUID each byte begins. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** Digit by digit: no string is made, which is most of what arming would cost here. */
function writeUuid(into: Buffer, at: number, id: string): void {
  let wrong = id.length === 36 ? 0 : 16;
  for (const [n, place] of PLACES.entries()) {
    const high = DIGITS[id.charCodeAt(place)] ?? 16;
    const low = DIGITS[id.charCodeAt(place + 1)] ?? 16;
    wrong |= high | low;
    into[at + n] = (high << 4) | low;
  }
  if (wrong >= 16) throw new InvalidInput('TIMER_ID', `not a UUID: ${id}`);
}

/** The timers in a reply, in its order. */
export function readTimers(bytes: Buffer): Due[] {
  const timers: Due[] = [];
  for (let at = 0; at + TIMER_BYTES <= bytes.length; at += TIMER_BYTES) {
    const dueMs = bytes.readUInt32BE(at) * WINDOW_MS + bytes.readUInt32BE(at + 4);
    const hex = bytes.toString('hex', at + 8, at + TIMER_BYTES);
    const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    timers.push({ id, dueMs });
  }
  return timers;
}

/** Centres by number, so that each goes over the wire once a call. */
export class Centres {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(centreId: string): number {
    const known = this.#numbers.get(centreId);
    if (known !== undefined) return known;
    const number = this.names.push(centreId) - 1;
    this.#numbers.set(centreId, number);
    return number;
  }
}

const PLACE_BYTES = 2 + TIMER_BYTES;

/** Centre and timer of each, one after the other. */
export function writePlaces(armed: readonly Armed[], centres: Centres): Buffer {
  const bytes = Buffer.allocUnsafe(armed.length * PLACE_BYTES);
  for (const [n, one] of armed.entries()) {
    bytes.writeUInt16BE(centres.numberOf(one.centreId), n * PLACE_BYTES);
    writeTimer(bytes, n * PLACE_BYTES + 2, one);
  }
  return bytes;
}

/** What became of a claimed timer, in the words of `acknowledge.lua`. */
export type Fate = { readonly was: Armed; readonly now?: Armed | undefined };

const FATE_BYTES = 2 * PLACE_BYTES + 1;
const FORGOTTEN = 0;
const ENTERED = 1;
const UNMOVED = 2;

/** Each as `acknowledge.lua` reads it. */
export function writeFates(fates: readonly Fate[], centres: Centres): Buffer {
  const bytes = Buffer.alloc(fates.length * FATE_BYTES);
  for (const [n, { was, now }] of fates.entries()) {
    const at = n * FATE_BYTES;
    bytes.writeUInt16BE(centres.numberOf(was.centreId), at);
    writeTimer(bytes, at + 2, was);
    if (now === undefined) bytes[at + PLACE_BYTES] = FORGOTTEN;
    else if (now.dueMs === was.dueMs) bytes[at + PLACE_BYTES] = UNMOVED;
    else {
      bytes[at + PLACE_BYTES] = ENTERED;
      bytes.writeUInt16BE(centres.numberOf(now.centreId), at + PLACE_BYTES + 1);
      writeTimer(bytes, at + PLACE_BYTES + 3, now);
    }
  }
  return bytes;
}
