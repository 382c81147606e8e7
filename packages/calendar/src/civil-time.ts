/**
 * Civil time of Asia/Shanghai as plain arithmetic: a fixed +08:00. China has kept no summer time
 * since 1991, and no instant of this system lies before that, so no time-zone data is consulted and
 * the `TZ` of the process cannot matter.
 */

/** Milliseconds of a minute, an hour and a civil day; every civil day has the same length here. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const OFFSET_MS = 8 * HOUR_MS;
const CIVIL_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The civil day an instant lies on, counted from 1970-01-01 (day 0, a Thursday). */
export function civilDayOf(ms: number): number {
  return Math.floor((ms + OFFSET_MS) / DAY_MS);
}

/** The instant at which a civil day begins in Shanghai. */
export function startOfCivilDay(day: number): number {
  return day * DAY_MS - OFFSET_MS;
}

/** The civil day of `YYYY-MM-DD`; undefined for anything else, 30 February included. */
export function parseCivilDate(text: string): number | undefined {
  const match = CIVIL_DATE.exec(text);
  if (match === null) return undefined;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  const day = ms / DAY_MS;
  return formatCivilDate(day) === text ? day : undefined;
}

/** A civil day as `YYYY-MM-DD`. */
export function formatCivilDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
