import type { Random } from '../random.ts';
import { MONTH } from './year.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Shanghai's midnight lies this far before Greenwich's. */
const AHEAD_MS = 8 * HOUR_MS;

/** How much is reported in each hour of the day, against a busy one. */
const BY_HOUR = [
  ...[0.08, 0.05, 0.04, 0.04, 0.05, 0.1, 0.25, 0.55, 0.9, 1, 1, 0.85],
  ...[0.55, 0.6, 0.85, 0.95, 0.9, 0.8, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15],
];
const WEEKEND = 0.6;
const RAIN = 1.8;

export const isRainy = (ms: number): boolean =>
  (MONTH.rain as readonly number[]).includes(Math.floor((ms - MONTH.fromMs) / DAY_MS));

/** How likely something is reported at this instant, against the busiest there is. */
function busyness(ms: number): number {
  const local = new Date(ms + AHEAD_MS);
  const weekend = local.getUTCDay() === 0 || local.getUTCDay() === 6 ? WEEKEND : 1;
  const rain = isRainy(ms) ? 1 : 1 / RAIN;
  return (BY_HOUR[local.getUTCHours()] ?? 0) * weekend * rain;
}

/** When something is reported in the month, with the rhythm of hours, weekdays and rain. */
export function reportingMs(random: Random): number {
  for (;;) {
    const ms = MONTH.fromMs + random.int(MONTH.toMs - MONTH.fromMs);
    if (random.next() < busyness(ms)) return ms;
  }
}

/** How long somebody takes whose mean is this, minutes: mostly less, now and then much more. */
export function takesMs(random: Random, meanMinutes: number): number {
  return Math.ceil(-Math.log(1 - random.next()) * meanMinutes * 60_000) + 1;
}

/** The next instant at which people in the field work: 07:30 to 20:30, every day. */
export function byDay(ms: number): number {
  const midnight = Math.floor((ms + AHEAD_MS) / DAY_MS) * DAY_MS - AHEAD_MS;
  const hours = (ms - midnight) / HOUR_MS;
  if (hours < 7.5) return midnight + 7.5 * HOUR_MS + (ms % HOUR_MS);
  return hours < 20.5 ? ms : midnight + 31.5 * HOUR_MS + (ms % HOUR_MS);
}
