import { describeMachine } from '../machine/describe.ts';
import type { Options } from '../options.ts';
import { allWell, runRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { formatTable, mebibytes, tenths } from '../table.ts';
import { doTask } from '../task.ts';
import type { IdleResult } from './measure.ts';

/** Of one core, per cent. */
const GOAL_PERCENT = 15;

type Figures = Readonly<Record<string, number>>;

const sum = (figures: Figures): number =>
  Object.values(figures).reduce((total, value) => total + value, 0);
const percent = (share: number): string => `${tenths(share * 100)} %`;

function summary(results: readonly IdleResult[]): string {
  const names = [...new Set(results.flatMap(({ bytes }) => Object.keys(bytes)))];
  const middle = (of: (result: IdleResult) => Figures, name: string): number =>
    median(results.map((result) => of(result)[name] ?? 0));
  const rows = names
    .map((name) => ({ name, share: middle(({ cores }) => cores, name) }))
    .toSorted((a, b) => b.share - a.share)
    .map(({ name, share }) => [
      name,
      percent(share),
      mebibytes(middle(({ bytes }) => bytes, name)),
    ]);
  const all = [
    'all',
    percent(median(results.map(({ cores }) => sum(cores)))),
    mebibytes(median(results.map(({ bytes }) => sum(bytes)))),
  ];
  return formatTable(['at rest, median', 'of one core', 'memory (PSS)'], [...rows, all]);
}

/** Measures what all processes of the cluster take when nothing happens, and prints it. */
export async function runIdle(options: Options): Promise<boolean> {
  const { rounds, seconds } = options;
  console.log(`the cluster left alone, measured for ${seconds} s, ${rounds} rounds`);
  const outcomes = await runRounds<'ours', IdleResult>({
    arms: ['ours'],
    rounds,
    run: () => doTask({ kind: 'idle', seconds }),
    read: (report) => (report.kind === 'idle' ? { result: report.result, servers: [] } : undefined),
    show: (_arm, { cores, bytes }) =>
      `${percent(sum(cores))} of one core, ${mebibytes(sum(bytes))}`,
  });
  const results = outcomes.flatMap((outcome) => outcome.results);
  if (results.length > 0) {
    const shares = results.map(({ cores }) => sum(cores) * 100);
    const met = median(shares) <= GOAL_PERCENT ? 'met' : 'NOT met';
    console.log(`\n${summary(results)}`);
    console.log(`\ngoal: at most ${GOAL_PERCENT} % of one core: ${met}`);
  }
  console.log(describeMachine());
  return allWell(outcomes);
}
