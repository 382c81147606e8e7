import { fromIso } from '@cityloop/kernel';
import { DAY_MS, MINUTE_MS } from './civil-time.ts';

/*
 * Instants are text in the data and numbers in the arithmetic, and every move of a clock turns some
 * of them over. `Date` needs 0.1 to 0.4 µs each way, more than the deadline itself; tables need a
 * fraction of that.
 */

const padded = (size: number, width: number): string[] =>
  Array.from({ length: size }, (_, value) => String(value).padStart(width, '0'));

const twoDigits = padded(60, 2);
const minutes = Array.from(
  { length: 1_440 },
  (_, minute) => `${twoDigits[Math.floor(minute / 60)]}:${twoDigits[minute % 60]}:`,
);
const millis = padded(1_000, 3).map((digits) => `.${digits}Z`);

const CACHED_DAYS = 256;
const cachedDay = new Array<number>(CACHED_DAYS).fill(Number.NaN);
const cachedDate = new Array<string>(CACHED_DAYS).fill('');

/** `ms` since the epoch as `YYYY-MM-DDTHH:mm:ss.sssZ`, fractions cut off; RangeError when it is no time. */
export function toInstant(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  const slot = day & (CACHED_DAYS - 1);
  if (cachedDay[slot] !== day) {
    cachedDate[slot] = new Date(day * DAY_MS).toISOString().slice(0, -13);
    cachedDay[slot] = day;
  }
  const rest = Math.floor(ms) - day * DAY_MS;
  const minute = Math.floor(rest / MINUTE_MS);
  const inMinute = rest - minute * MINUTE_MS;
  const second = Math.floor(inMinute / 1_000);
  return `${cachedDate[slot]}${minutes[minute]}${twoDigits[second]}${millis[inMinute - second * 1_000]}`;
}

// A move of a clock asks for the same texts, most of all its start, several times.
let lastText = '';
let lastMs = 0;
let earlierText = '';
let earlierMs = 0;

/** The instant of an ISO 8601 text in milliseconds; quick for what `toInstant` writes. */
export function fromInstant(text: string): number {
  if (text === lastText) return lastMs;
  const ms = text === earlierText ? earlierMs : read(text);
  earlierText = lastText;
  earlierMs = lastMs;
  lastText = text;
  lastMs = ms;
  return ms;
}

function read(text: string): number {
  if (text.length !== 24 || text.charCodeAt(23) !== 90) return fromIso(text);
  const year = number2(text, 0) * 100 + number2(text, 2);
  const dayMs = civilDays(year, number2(text, 5), number2(text, 8)) * DAY_MS;
  const minute = number2(text, 11) * 60 + number2(text, 14);
  const milli = (text.charCodeAt(20) - 48) * 100 + number2(text, 21);
  return dayMs + minute * MINUTE_MS + number2(text, 17) * 1_000 + milli;
}

function number2(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

/** Days from 1970-01-01 in the Gregorian calendar; years are counted from March so that leap days end them. */
function civilDays(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return y * 365 + leapDays + dayOfYear - 719_468;
}
