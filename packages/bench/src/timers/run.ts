import { describeMachine } from '../machine/describe.ts';
import { chooseArms, type Options } from '../options.ts';
import { allWell, doProfiled, type Outcome, runRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { count, formatTable, tenths, times } from '../table.ts';
import type { TimersResult } from './measure.ts';
import { isTimersArm, type TimersArmName, timersArms } from './registry.ts';

type Figure = (result: TimersResult) => number;
type TimersOutcome = Outcome<TimersArmName, TimersResult>;

const FIGURES: readonly (readonly [head: string, figure: Figure, show: (n: number) => string])[] = [
  ['arm/s', ({ armPerSecond }) => armPerSecond, count],
  ['bytes each', ({ bytesEach }) => bytesEach, count],
  ['cancel/s', ({ cancelPerSecond }) => cancelPerSecond, count],
  ['late p50 ms', ({ lateP50Ms }) => lateP50Ms, tenths],
  ['late p99 ms', ({ lateP99Ms }) => lateP99Ms, tenths],
  ['restart s', ({ restartSeconds }) => restartSeconds, (s) => tenthsOrMore(s)],
];

const tenthsOrMore = (seconds: number): string =>
  Number.isFinite(seconds) ? seconds.toFixed(2) : '–';

const medianOf = (outcome: TimersOutcome | undefined, figure: Figure): number =>
  median(outcome?.results.map(figure) ?? []);

const describeRound = (_arm: TimersArmName, result: TimersResult): string =>
  FIGURES.map(([head, figure, show]) => `${head} ${show(figure(result))}`).join(', ');

function summary(outcomes: readonly TimersOutcome[]): string {
  const present = outcomes.filter(({ results }) => results.length > 0);
  const heads = FIGURES.map(([head]) => head);
  const rows = present.map((outcome) => [
    timersArms[outcome.arm].name,
    ...FIGURES.map(([, figure, show]) => show(medianOf(outcome, figure))),
  ]);
  const ours = present.find(({ arm }) => arm === 'ours');
  const ratios = present
    .filter(({ arm }) => arm !== 'ours')
    .map((outcome) => [
      `ours to ${timersArms[outcome.arm].name}`,
      ...FIGURES.map(([, figure]) => times(medianOf(ours, figure), medianOf(outcome, figure))),
    ]);
  return formatTable(['median', ...heads], [...rows, ...ratios]);
}

/** Measures what many armed timers cost and how late they ring, and prints it. */
export async function runTimers(options: Options): Promise<boolean> {
  const arms = chooseArms(timersArms, options.arms, isTimersArm);
  const { timers, rounds } = options;
  console.log(
    `${count(timers)} timers an arm, a tenth cancelled, a twentieth due soon at 833 a second, ${rounds} rounds`,
  );
  const outcomes = await runRounds<TimersArmName, TimersResult>({
    arms,
    rounds,
    run: (arm) => doProfiled({ kind: 'timers', arm, timers }, arm, options.profileTo),
    read: (report) => (report.kind === 'timers' ? report : undefined),
    show: describeRound,
  });
  console.log(`\n${summary(outcomes)}`);
  console.log('\nrestart: after kill -9 with all that was armed; of Postgres it was not tried');
  console.log(describeMachine(outcomes.flatMap(({ servers }) => servers)));
  return allWell(outcomes);
}
