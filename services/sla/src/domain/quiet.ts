const DAY_MS = 86_400_000;
const SHANGHAI_MS = 28_800_000;

/** Hours of the night in which nothing leaves the house; `from` may be the later of the two. */
export type Quiet = { readonly from: string; readonly to: string };

/** When what is due at `nowMs` may go out: then, or at the end of the quiet hours it lies in. */
export function outOfQuiet(quiet: Quiet | undefined, nowMs: number): number {
  if (quiet === undefined) return nowMs;
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  const midnightMs = Math.floor((nowMs + SHANGHAI_MS) / DAY_MS) * DAY_MS - SHANGHAI_MS;
  const minute = Math.floor((nowMs - midnightMs) / 60_000);
  const inside = from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!inside) return nowMs;
  const endMs = midnightMs + to * 60_000;
  return endMs > nowMs ? endMs : endMs + DAY_MS;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
