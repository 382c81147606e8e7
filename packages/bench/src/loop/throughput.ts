import type { LoopArmName } from '../arms/registry.ts';
import { isLoopArm, loopArms } from '../arms/registry.ts';
import { describeMachine } from '../machine/describe.ts';
import { chooseArms, type Options } from '../options.ts';
import { allWell, doProfiled, type Outcome, runRounds } from '../rounds.ts';
import { median, spreadPercent } from '../statistics.ts';
import { count, formatTable, tenths, times } from '../table.ts';
import type { BurstResult } from './measure.ts';

// Enough for the optimising compiler to have seen every path of an arm.
const WARM_UP_SHARE = 0.2;
const LEAST_WARM_UP = 1_000;
// Up to here the system itself and a terminal explain it.
const QUIET_SHARE = 0.05;

const perSecond = (result: BurstResult): number => result.incidents / result.seconds;
const stepsPerSecond = (result: BurstResult): number => result.steps / result.seconds;
const medianOf = (outcome: LoopOutcome, figure: (result: BurstResult) => number): number =>
  median(outcome.results.map(figure));

type LoopOutcome = Outcome<LoopArmName, BurstResult>;

function cpuText(result: BurstResult): string {
  const used = Object.entries(result.cpuSeconds).map(([name, s]) => `${name} ${s.toFixed(1)} s`);
  return used.length === 0 ? '' : `, processor ${used.join(' + ')}`;
}

function describeRound(arm: LoopArmName, result: BurstResult): string {
  const { steps } = loopArms[arm];
  const rates = `${count(perSecond(result))} incidents/s, ${count(stepsPerSecond(result))} ${steps}/s`;
  return `${rates}${cpuText(result)}, others ${count(result.othersShare * 100)} %`;
}

/** Microseconds of processor an incident costs in the median round, by everything together. */
function cpuPerIncident(outcome: LoopOutcome): number {
  const costs = outcome.results.map((result) => {
    const seconds = Object.values(result.cpuSeconds).reduce((sum, value) => sum + value, 0);
    return seconds === 0 ? Number.NaN : (seconds / result.incidents) * 1e6;
  });
  return median(costs);
}

function summary(outcomes: readonly LoopOutcome[]): string {
  const ours = outcomes.find(({ arm }) => arm === 'ours');
  const oursSteps = ours === undefined ? Number.NaN : medianOf(ours, stepsPerSecond);
  const oursIncidents = ours === undefined ? Number.NaN : medianOf(ours, perSecond);
  const rows = outcomes
    .filter(({ results }) => results.length > 0)
    .map((outcome) => {
      const arm = loopArms[outcome.arm];
      const steps = medianOf(outcome, stepsPerSecond);
      const incidents = medianOf(outcome, perSecond);
      return [
        arm.name,
        count(incidents),
        `${count(steps)} ${arm.steps}`,
        `${tenths(spreadPercent(outcome.results.map(perSecond)))} %`,
        count(cpuPerIncident(outcome)),
        times(oursSteps, steps),
        times(oursIncidents, incidents),
      ];
    });
  const head = ['median', 'incidents/s', 'steps/s', 'spread', 'µs CPU each'];
  return formatTable([...head, 'ours: steps', 'ours: incidents'], rows);
}

/** Measures how much of the loop each arm gets through when all work is there at once, and prints it. */
export async function runThroughput(options: Options): Promise<boolean> {
  const arms = chooseArms(loopArms, options.arms, isLoopArm);
  const { incidents } = options;
  const warmUp = Math.max(LEAST_WARM_UP, Math.round(incidents * WARM_UP_SHARE));
  console.log(`six stages, ${count(incidents)} incidents an arm, ${options.rounds} rounds`);
  const outcomes = await runRounds<LoopArmName, BurstResult>({
    arms,
    rounds: options.rounds,
    run: (arm) => doProfiled({ kind: 'burst', arm, incidents, warmUp }, arm, options.profileTo),
    read: (report) => (report.kind === 'burst' ? report : undefined),
    show: describeRound,
  });
  console.log(`\n${summary(outcomes)}`);
  console.log('\n"ours" is our figure as a multiple of that arm; steps: our events to its hops');
  const shares = outcomes.flatMap(({ results }) => results.map((result) => result.othersShare));
  if (median(shares) > QUIET_SHARE)
    console.log('careful: other programs kept the processors busy; ratios are skewed as well');
  console.log(describeMachine(outcomes.flatMap(({ servers }) => servers)));
  return allWell(outcomes);
}
