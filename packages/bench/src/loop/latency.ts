import { isLoopArm, type LoopArmName, loopArms } from '../arms/registry.ts';
import { describeMachine } from '../machine/describe.ts';
import { chooseArms, type Options } from '../options.ts';
import { allWell, doProfiled, type Outcome, runRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { formatTable, tenths, times } from '../table.ts';
import type { PacedResult } from './measure.ts';

const RATES = [50, 500];
const WARM_UP = 1_000;
// The batches of the other floors differ at saturation only.
const LEFT_TO_LOOP: readonly string[] = ['floor-1', 'floor-100', 'floor-1000'];

type Paced = readonly PacedResult[];
type Figure = (result: PacedResult) => number;

function medianAt(results: readonly Paced[], perSecond: number, figure: Figure): number {
  const atRate = results.flatMap((round) => round.filter((at) => at.perSecond === perSecond));
  return median(atRate.map(figure));
}

const p50: Figure = ({ p50Ms }) => p50Ms;
const p99: Figure = ({ p99Ms }) => p99Ms;

function summary(outcomes: readonly Outcome<LoopArmName, Paced>[]): string {
  const ours = outcomes.find(({ arm }) => arm === 'ours')?.results ?? [];
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

const describeRound = (_arm: LoopArmName, results: Paced): string =>
  results
    .map((at) => `${at.perSecond}/s p50 ${tenths(at.p50Ms)} ms, p99 ${tenths(at.p99Ms)} ms`)
    .join('; ');

/** Measures how long an incident takes through the whole loop at a steady rate, and prints it. */
export async function runLatency(options: Options): Promise<boolean> {
  const { rounds, seconds, profileTo } = options;
  const chosen = chooseArms(loopArms, options.arms, isLoopArm);
  const arms =
    options.arms.length > 0 ? chosen : chosen.filter((arm) => !LEFT_TO_LOOP.includes(arm));
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
  console.log(`\n${summary(outcomes)}`);
  console.log('\n"ours p99" is our p99 as a multiple of that of the arm: below 1 we are faster');
  console.log(describeMachine(outcomes.flatMap(({ servers }) => servers)));
  return allWell(outcomes);
}
