import { type Month, playMonth } from './month.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const KINDS_SHOWN = 60;

/** Plays a month and prints what it came to; true when history and the oracle agree on all of it. */
export async function monthCommand(asked: {
  readonly seed: number;
  readonly incidents: number;
}): Promise<boolean> {
  const { seed, incidents } = asked;
  const startedMs = performance.now();
  const shown = process.stderr.isTTY;
  const month = await playMonth({
    ...asked,
    onSlice: (played) => {
      if (shown) process.stderr.write(`\r${played} of ${incidents} incidents`);
    },
  });
  if (shown) process.stderr.write('\r\u001b[K');
  const seconds = (performance.now() - startedMs) / 1_000;
  say(`a month of a district, seed ${seed}: ${figures(month, seconds)}`);
  for (const { incidentId, version, clock, what } of month.disagreements) {
    say(`DISAGREEMENT ${incidentId} v${version} ${clock} ${what}`);
  }
  for (const bug of month.bugs) say(`BUG ${bug}`);
  if (month.disagreed + month.bugs.length === 0) return true;
  say(`play it again with: npm run sim -- month --seed ${seed} --incidents ${incidents}`);
  return false;
}

function figures({ tally, types, refusals, disagreed, days }: Month, seconds: number): string {
  const counted = Object.entries(tally).map(([what, n]) => `${n} ${what}`);
  const kinds = [...types].toSorted((a, b) => b[1] - a[1]).slice(0, KINDS_SHOWN);
  const refused = [...refusals.values()].reduce((sum, n) => sum + n, 0);
  return [
    `${counted.join(', ')}, ${disagreed} disagreements`,
    `${seconds.toFixed(1)} s, ${(days / seconds).toFixed(2)} simulated days a second, ${refused} refusals`,
    kinds.map(([type, n]) => `${type} ${n}`).join(', '),
  ].join('\n');
}
