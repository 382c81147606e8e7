import { timeZone } from './time-zone.ts';

/** Reads a date: its instant, ms; undefined when the text is not of the format or no real date. */
export type ReadDate = (text: string) => number | undefined;

type Field = 'Y' | 'M' | 'D' | 'H' | 'h' | 'm' | 's' | 'S' | 'A' | 'Z';

const TOKENS: Readonly<Record<string, readonly [field: Field, pattern: string]>> = {
  YYYY: ['Y', '(\\d{4})'],
  MM: ['M', '(\\d{2})'],
  M: ['M', '(\\d{1,2})'],
  DD: ['D', '(\\d{2})'],
  D: ['D', '(\\d{1,2})'],
  HH: ['H', '(\\d{2})'],
  H: ['H', '(\\d{1,2})'],
  hh: ['h', '(\\d{2})'],
  h: ['h', '(\\d{1,2})'],
  mm: ['m', '(\\d{2})'],
  ss: ['s', '(\\d{2})'],
  SSS: ['S', '(\\d{3})'],
  A: ['A', '([AaPp][Mm])'],
  ZZ: ['Z', '(Z|[+-]\\d{2}:?\\d{2})'],
};
const TOKEN = /YYYY|MM|M|DD|D|HH|H|hh|h|mm|ss|SSS|A|ZZ|\[[^\]]*\]/g;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * A reader for one way of writing dates: `iso`, `unix` (seconds), `unix-ms`, or a pattern of
 * `YYYY MM M DD D HH H hh h mm ss SSS A ZZ` with other characters standing for themselves (letters in
 * square brackets). Without an offset in the text the civil time is that of `zone`. Throws a
 * `RangeError` naming what is wrong with the format or the zone.
 */
export function dateReader(format: string, zone: string): ReadDate {
  if (format === 'unix') return (text) => epoch(text, 1_000);
  if (format === 'unix-ms') return (text) => epoch(text, 1);
  const place = timeZone(zone);
  const { pattern, fields } = format === 'iso' ? isoPattern() : compile(format);
  return (text) => {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const found = new Map(fields.map((field, n) => [field, match[n + 1]]));
    const civilMs = civilOf(found);
    if (civilMs === undefined) return undefined;
    const offset = found.get('Z');
    return offset === undefined ? place.instantOf(civilMs) : civilMs - offsetMs(offset);
  };
}

function isoPattern(): { pattern: RegExp; fields: readonly Field[] } {
  return { pattern: ISO, fields: ['Y', 'M', 'D', 'H', 'm', 's', 'S', 'Z'] };
}

function compile(format: string): { pattern: RegExp; fields: readonly Field[] } {
  const fields: Field[] = [];
  let source = '';
  let at = 0;
  const literal = (text: string): void => {
    if (/[A-Za-z]/.test(text)) {
      throw new RangeError(`“${text.trim()}” is no part of a date: put letters in [brackets]`);
    }
    source += text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  };
  for (const { 0: token, index } of format.matchAll(TOKEN)) {
    literal(format.slice(at, index));
    at = index + token.length;
    const known = TOKENS[token];
    if (known === undefined) source += token.slice(1, -1).replaceAll(/[.*+?^${}()|\\/-]/g, '\\$&');
    else {
      fields.push(known[0]);
      source += known[1];
    }
  }
  literal(format.slice(at));
  refuseIncomplete(fields);
  return { pattern: new RegExp(`^${source}$`), fields };
}

function refuseIncomplete(fields: readonly Field[]): void {
  for (const field of ['Y', 'M', 'D'] as const) {
    if (!fields.includes(field)) throw new RangeError('a date needs a year, a month and a day');
  }
  if (new Set(fields).size < fields.length) throw new RangeError('a part of the date comes twice');
  if (fields.includes('h') !== fields.includes('A')) {
    throw new RangeError('hours of the half day (hh) and AM/PM (A) come together');
  }
}

/** Civil time as if it were UTC, ms; undefined for 30 February, 25 o’clock and the like. */
function civilOf(found: ReadonlyMap<Field, string | undefined>): number | undefined {
  const part = (field: Field): number => Number(found.get(field) ?? 0);
  const [year, month, day, minute, second] = [
    part('Y'),
    part('M'),
    part('D'),
    part('m'),
    part('s'),
  ];
  const hour = hourOf(found);
  if (hour === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Number((found.get('S') ?? '').padEnd(3, '0').slice(0, 3));
  const civil = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
  const real = civil.getUTCMonth() === month - 1 && civil.getUTCDate() === day;
  return real && year >= 1900 ? civil.getTime() : undefined;
}

function hourOf(found: ReadonlyMap<Field, string | undefined>): number | undefined {
  const half = found.get('A');
  if (half === undefined) return Number(found.get('H') ?? 0);
  const hour = Number(found.get('h') ?? 0);
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
}

function offsetMs(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

function epoch(text: string, unitMs: number): number | undefined {
  const value = /^-?\d{1,16}(\.\d+)?$/.test(text) ? Math.round(Number(text) * unitMs) : undefined;
  return value === undefined || Number.isNaN(new Date(value).getTime()) ? undefined : value;
}
