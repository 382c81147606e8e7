const TTY_EVERY_MS = 250;
const LOG_EVERY_MS = 5_000;
const RATE_OVER_MS = 10_000;

/** What the progress line is made of. */
export type ProgressFacts = {
  /** Records settled, earlier runs included. */
  readonly rows: number;
  readonly rejected: number;
  /** How much of the file has been read, 0 to 1. */
  readonly read: number;
  /** Records settled in this run. */
  readonly fresh: number;
  readonly away: boolean;
};

/** Where the line goes. */
export type ProgressSink = { readonly isTTY?: boolean; write(text: string): unknown };

/**
 * Tells how far it is: a line that is rewritten on a terminal, a new one every 5 seconds elsewhere.
 * Disposing it ends the line.
 */
export function showProgress(
  sink: ProgressSink,
  facts: () => ProgressFacts,
  nowMs: () => number = () => performance.now(),
): Disposable {
  const tty = sink.isTTY === true;
  const startedMs = nowMs();
  const marks: { ms: number; fresh: number }[] = [{ ms: startedMs, fresh: 0 }];

  function tick(): void {
    const now = nowMs();
    const current = facts();
    marks.push({ ms: now, fresh: current.fresh });
    while (marks.length > 2 && now - (marks[0]?.ms ?? now) > RATE_OVER_MS) marks.shift();
    const first = marks[0] ?? { ms: startedMs, fresh: 0 };
    const rate = ((current.fresh - first.fresh) * 1_000) / Math.max(1, now - first.ms);
    const line = progressLine(current, rate, now - startedMs);
    sink.write(tty ? `\r\u001b[K${line}` : `${line}\n`);
  }

  const timer = setInterval(tick, tty ? TTY_EVERY_MS : LOG_EVERY_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      if (tty) {
        tick();
        sink.write('\n');
      }
    },
  };
}

/** `12,000 rows · 850/s · 3 rejected · 40 % · 0:21 left` */
export function progressLine(facts: ProgressFacts, rate: number, elapsedMs: number): string {
  const { rows, rejected, read, away } = facts;
  const leftMs = read > 0.01 && read < 1 ? (elapsedMs * (1 - read)) / read : undefined;
  return [
    `${rows.toLocaleString('en-US')} rows`,
    `${Math.round(rate).toLocaleString('en-US')}/s`,
    `${rejected.toLocaleString('en-US')} rejected`,
    `${Math.floor(read * 100)} % read`,
    ...(leftMs === undefined ? [] : [`${minutes(leftMs)} left`]),
    ...(away ? ['the server does not answer, waiting for it'] : []),
  ].join(' · ');
}

/** `1:05` of ms. */
export function minutes(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
