import { minutes } from './progress.ts';
import type { Tally } from './tally.ts';

export type SummaryFacts = {
  readonly tally: Tally;
  readonly finished: boolean;
  readonly elapsedMs: number;
  /** Records and events of this run alone. */
  readonly fresh: { readonly rows: number; readonly events: number };
  readonly rejectedPath: string;
};

/** What is told at the end, several lines. */
export function summary(facts: SummaryFacts): string {
  const { tally, elapsedMs, fresh } = facts;
  const seconds = Math.max(0.001, elapsedMs / 1_000);
  const refused = tally.rejected + tally.failed;
  const lines = [
    `${facts.finished ? 'all' : 'stopped after'} ${number(tally.rows)} records: ${number(tally.taken)} taken, ` +
      `${number(tally.skipped)} passed over, ${number(tally.rejected)} rejected for what they say, ` +
      `${number(tally.failed)} failed at the server`,
    `  now: ${listed(tally.byStatus)}`,
    ...(tally.known > 0 ? [`  ${number(tally.known)} source numbers were known already`] : []),
    ...(tally.raised > 0
      ? [`  ${number(tally.raised)} steps dated before the one they follow happen with it`]
      : []),
    ...(refused > 0
      ? [
          `  rejected: ${listed(tally.byCode)} → ${facts.rejectedPath}`,
          ...(tally.stopped > 0
            ? [`  of these ${number(tally.stopped)} are incidents whose later steps were refused`]
            : []),
        ]
      : []),
    `  this run: ${minutes(elapsedMs)}, ${number(Math.round(fresh.rows / seconds))} records/s, ` +
      `${number(Math.round(fresh.events / seconds))} events/s`,
    ...(facts.finished ? [] : ['  the same command again goes on from here']),
  ];
  return `${lines.join('\n')}\n`;
}

/** 0: all is taken or rejected for what it says; 1: the server failed some, or nothing was taken. */
export function exitCodeOf(tally: Tally): 0 | 1 {
  if (tally.failed > 0) return 1;
  return tally.rejected > 0 && tally.taken === 0 ? 1 : 0;
}

const number = (n: number): string => n.toLocaleString('en-US');

function listed(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return entries.length === 0
    ? 'nothing'
    : entries.map(([name, n]) => `${name} ${number(n)}`).join(', ');
}
