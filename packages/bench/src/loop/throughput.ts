import { type LoopArmName, loopArms, loopArmsFor, oursIn } from '../arms/registry.ts';
import { describeMachine } from '../machine/describe.ts';
import type { Mode, Options } from '../options.ts';
import { allWell, doProfiled, type Outcome, runRounds } from '../rounds.ts';
import { median, spreadPercent } from '../statistics.ts';
import { count, formatTable, tenths, times, verdict } from '../table.ts';
import type { BurstResult } from './measure.ts';

// Enough for the optimising compiler to have seen every path of an arm.
const WARM_UP_SHARE = 0.2;
const LEAST_WARM_UP = 1_000;
// What batches make of SQL is a question of the embedded form.
const SPARED: Readonly<Record<Mode, readonly LoopArmName[]>> = {
  embedded: [],
  kafka: ['floor-1', 'floor-100', 'floor-1000', 'floor-outbox'],
};
/** Our events a second, at least this multiple of a peer's hops a second. */
const GOALS: Readonly<Record<Mode, readonly { peer: LoopArmName; least: number }[]>> = {
  embedded: [
    { peer: 'bullmq', least: 1.2 },
    { peer: 'bullmq-row', least: 3 },
  ],
  kafka: [{ peer: 'bullmq-row', least: 1.2 }],
};
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

const figureOf = (
  outcomes: readonly LoopOutcome[],
  arm: LoopArmName,
  figure: (result: BurstResult) => number,
): number => median(outcomes.find((outcome) => outcome.arm === arm)?.results.map(figure) ?? []);

function summary(outcomes: readonly LoopOutcome[], mode: Mode): string {
  const oursSteps = figureOf(outcomes, oursIn[mode], stepsPerSecond);
  const oursIncidents = figureOf(outcomes, oursIn[mode], perSecond);
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

/** What one incident of ours costs in each process, in the median round. */
function costs(results: readonly BurstResult[]): string {
  const names = [...new Set(results.flatMap(({ cpuSeconds }) => Object.keys(cpuSeconds)))];
  const each = names.map((name) => ({
    name,
    us: median(results.map((r) => ((r.cpuSeconds[name] ?? 0) / r.incidents) * 1e6)),
  }));
  const total = each.reduce((sum, { us }) => sum + us, 0);
  const rows = each
    .toSorted((a, b) => b.us - a.us)
    .map(({ name, us }) => [name, count(us), `${count((us / total) * 100)} %`]);
  return formatTable(['processor by process', 'µs an incident', 'share'], rows);
}

function goalLines(outcomes: readonly LoopOutcome[], mode: Mode): readonly string[] {
  const steps = (arm: LoopArmName): number => figureOf(outcomes, arm, stepsPerSecond);
  return GOALS[mode].map(({ peer, least }) => {
    const reached = steps(oursIn[mode]) / steps(peer);
    return `goal: steps/s at least ${least} × ${loopArms[peer].name}: ${verdict(reached, reached >= least)}`;
  });
}

/** Measures how much of the loop each arm gets through when all work is there at once, and prints it. */
export async function runThroughput(options: Options): Promise<boolean> {
  const { incidents, mode } = options;
  const arms = loopArmsFor(options, SPARED[mode]);
  const warmUp = Math.max(LEAST_WARM_UP, Math.round(incidents * WARM_UP_SHARE));
  console.log(`six stages, ${count(incidents)} incidents an arm, ${options.rounds} rounds`);
  const outcomes = await runRounds<LoopArmName, BurstResult>({
    arms,
    rounds: options.rounds,
    run: (arm) => doProfiled({ kind: 'burst', arm, incidents, warmUp }, arm, options.profileTo),
    read: (report) => (report.kind === 'burst' ? report : undefined),
    show: describeRound,
  });
  console.log(`\n${summary(outcomes, mode)}`);
  console.log('\n"ours" is our figure as a multiple of that arm; steps: our events to its hops');
  const ours = outcomes.find(({ arm }) => arm === oursIn[mode])?.results ?? [];
  if (mode === 'kafka' && ours.length > 0) console.log(`\n${costs(ours)}\n`);
  for (const line of goalLines(outcomes, mode)) console.log(line);
  const shares = outcomes.flatMap(({ results }) => results.map((result) => result.othersShare));
  if (median(shares) > QUIET_SHARE)
    console.log('careful: other programs kept the processors busy; ratios are skewed as well');
  console.log(describeMachine(outcomes.flatMap(({ servers }) => servers)));
  return allWell(outcomes);
}
