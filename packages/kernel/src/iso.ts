let lastMs = Number.NaN;
let lastText = '';

/**
 * `ms` since the epoch as ISO 8601 in UTC. A batch stamps many events with one instant, so the
 * latest result is kept.
 */
export function toIso(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}

/** ISO 8601 text as milliseconds since the epoch; throws on anything else. */
export function fromIso(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`not an ISO 8601 time: ${text}`);
  return ms;
}
