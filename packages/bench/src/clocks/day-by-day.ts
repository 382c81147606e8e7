import type { DayHours } from './open-clocks.ts';

const DAY_MS = 86_400_000;
const OFFSET_MS = 8 * 3_600_000;

/**
 * The peer: a working-time deadline as it is usually counted, day by day from the start, asking of each
 * day when it is open.
 */
export function dayByDay(hoursOf: DayHours, startMs: number, workingMs: number): number {
  let left = workingMs;
  for (let day = Math.floor((startMs + OFFSET_MS) / DAY_MS); ; day += 1) {
    const midnight = day * DAY_MS - OFFSET_MS;
    const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
    for (const [from, to] of hoursOf(date)) {
      const opens = Math.max(startMs, midnight + from * 60_000);
      const closes = midnight + to * 60_000;
      if (closes <= opens) continue;
      if (left <= closes - opens) return opens + left;
      left -= closes - opens;
    }
  }
}
