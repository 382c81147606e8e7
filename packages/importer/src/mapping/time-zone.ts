const BUCKET_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const MOST_KNOWN = 50_000;

/** Civil time of a place, with the summer time it kept then. */
export type TimeZone = {
  /**
   * The instant of a civil time given as if it were UTC, ms. A time that the clocks passed over in
   * spring is taken by the offset before the change (so it lies an hour later), one that came twice in
   * autumn is the first of the two.
   */
  instantOf(civilMs: number): number;
};

/** The zone of an IANA name (`America/Los_Angeles`). Throws a `RangeError` when there is none. */
export function timeZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  // Asking the formatter costs microseconds; offsets change on the quarter of an hour at the soonest.
  const known = new Map<number, number>();

  function offsetAt(ms: number): number {
    const bucket = Math.floor(ms / BUCKET_MS);
    const before = known.get(bucket);
    if (before !== undefined) return before;
    if (known.size >= MOST_KNOWN) known.clear();
    const parts = format.formatToParts(bucket * BUCKET_MS);
    const offset = offsetIn(parts.find((part) => part.type === 'timeZoneName')?.value ?? '');
    known.set(bucket, offset);
    return offset;
  }

  return {
    instantOf(civilMs) {
      const before = civilMs - offsetAt(civilMs - DAY_MS);
      const after = civilMs - offsetAt(civilMs + DAY_MS);
      if (before === after) return before;
      const fits = [before, after].filter((ms) => ms + offsetAt(ms) === civilMs);
      return fits.length === 0 ? before : Math.min(...fits);
    },
  };
}

/** `GMT-08:00` in ms; `GMT` alone is none. */
function offsetIn(text: string): number {
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (match === null) throw new RangeError(`no offset in “${text}”`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const ms = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  return sign === '-' ? -ms : ms;
}
