import { type LoopArmName, loopArms, loopArmsFor, oursIn } from '../arms/registry.ts';
import { describeMachine } from '../machine/describe.ts';
import type { Mode, Options } from '../options.ts';
import { allWell, doProfiled, type Outcome, runRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { formatTable, tenths, times, verdict } from '../table.ts';
import type { PacedResult } from './measure.ts';

const RATES = [50, 500];
const WARM_UP = 1_000;
// The batches of the other floors differ at saturation only.
const LEFT_TO_LOOP: readonly LoopArmName[] = ['floor-1', 'floor-100', 'floor-1000'];
const SPARED: Readonly<Record<Mode, readonly LoopArmName[]>> = {
  embedded: LEFT_TO_LOOP,
  kafka: [...LEFT_TO_LOOP, 'floor-outbox'],
};
const GOALS: Readonly<Record<Mode, LatencyGoal>> = {
  embedded: { peer: 'bullmq', perSecond: 500, most: 2 },
  kafka: { peer: 'pg-boss', perSecond: 500, most: 2 },
};

type LatencyGoal = {
  readonly peer: LoopArmName;
  readonly perSecond: number;
  /** Our p99 as a multiple of its. */
  readonly most: number;
};

type Paced = readonly PacedResult[];
type Figure = (result: PacedResult) => number;

function medianAt(results: readonly Paced[], perSecond: number, figure: Figure): number {
  const atRate = results.flatMap((round) => round.filter((at) => at.perSecond === perSecond));
  return median(atRate.map(figure));
}

const p50: Figure = ({ p50Ms }) => p50Ms;
const p99: Figure = ({ p99Ms }) => p99Ms;

type PacedOutcome = Outcome<LoopArmName, Paced>;

const resultsOf = (outcomes: readonly PacedOutcome[], arm: LoopArmName): readonly Paced[] =>
  outcomes.find((outcome) => outcome.arm === arm)?.results ?? [];

function summary(outcomes: readonly PacedOutcome[], mode: Mode): string {
  const ours = resultsOf(outcomes, oursIn[mode]);
  const rows = outcomes
    .filter(({ results }) => results.length > 0)
    .map(({ arm, results }) => [
      loopArms[arm].name,
      ...RATES.flatMap((rate) => [
        tenths(medianAt(results, rate, p50)),
        tenths(medianAt(results, rate, p99)),
        times(medianAt(ours, rate, p99), medianAt(results, rate, p99)),
      ]),
    ]);
  const head = RATES.flatMap((rate) => [`${rate}/s: p50 ms`, 'p99 ms', 'ours p99']);
  return formatTable(['median', ...head], rows);
}

function goalLine(outcomes: readonly PacedOutcome[], mode: Mode): string {
  const { peer, perSecond, most } = GOALS[mode];
  const p99Of = (arm: LoopArmName): number => medianAt(resultsOf(outcomes, arm), perSecond, p99);
  const reached = p99Of(oursIn[mode]) / p99Of(peer);
  return `goal: p99 at ${perSecond}/s at most ${most} × ${loopArms[peer].name}: ${verdict(reached, reached <= most)}`;
}

const describeRound = (_arm: LoopArmName, results: Paced): string =>
  results
    .map((at) => `${at.perSecond}/s p50 ${tenths(at.p50Ms)} ms, p99 ${tenths(at.p99Ms)} ms`)
    .join('; ');

/** Measures how long an incident takes through the whole loop at a steady rate, and prints it. */
export async function runLatency(options: Options): Promise<boolean> {
  const { mode, rounds, seconds, profileTo } = options;
  const arms = loopArmsFor(options, SPARED[mode]);
  console.log(`six stages, ${RATES.join(' and ')} incidents/s for ${seconds} s, ${rounds} rounds`);
  const outcomes = await runRounds<LoopArmName, Paced>({
    arms,
    rounds,
    run: (arm) =>
      doProfiled({ kind: 'pace', arm, perSecond: RATES, seconds, warmUp: WARM_UP }, arm, profileTo),
    read: (report) =>
      report.kind === 'pace' ? { result: report.results, servers: report.servers } : undefined,
    show: describeRound,
  });
  console.log(`\n${summary(outcomes, mode)}`);
  console.log('\n"ours p99" is our p99 as a multiple of that of the arm: below 1 we are faster');
  console.log(goalLine(outcomes, mode));
  console.log(describeMachine(outcomes.flatMap(({ servers }) => servers)));
  return allWell(outcomes);
}
