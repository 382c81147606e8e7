const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `7d`, `36h`, `90m`, `-15m` in ms; a day has 24 hours. Undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const match = /^(-?\d{1,6})([smhd])$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
