import { describeMachine } from '../machine/describe.ts';
import { chooseArms, type Options } from '../options.ts';
import { allWell, type Outcome, runRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { count, formatTable, tenths, times } from '../table.ts';
import { doTask, type Report, startTask } from '../task.ts';
import type { LoadResult } from './load-generator.ts';
import { type IntakeArmName, intakeArms, isIntakeArm } from './registry.ts';

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 3;

const notRefused = ({ refused }: LoadResult): boolean => refused === 0;

type IntakeOutcome = Outcome<IntakeArmName, LoadResult>;

/** The server in one process, its clients in another, both new. */
async function measure(
  arm: IntakeArmName,
  seconds: number,
  profileTo: string | undefined,
): Promise<Report> {
  const options = arm === 'ours' ? { profileTo } : {};
  await using server = await startTask({ kind: 'serve', arm }, options);
  if (server.report.kind !== 'serving') return server.report;
  return await doTask({
    kind: 'load',
    target: server.report.target,
    connections: CONNECTIONS,
    seconds,
    warmUpSeconds: WARM_UP_SECONDS,
  });
}

const describeRound = (_arm: IntakeArmName, result: LoadResult): string => {
  const refused = result.refused === 0 ? '' : `, ${count(result.refused)} REFUSED`;
  return `${count(result.requestsPerSecond)} req/s, p50 ${tenths(result.p50Ms)} ms, p99 ${tenths(result.p99Ms)} ms${refused}`;
};

function summary(outcomes: readonly IntakeOutcome[]): string {
  const rateOf = (outcome: IntakeOutcome | undefined): number =>
    median(outcome?.results.map(({ requestsPerSecond }) => requestsPerSecond) ?? []);
  const p99Of = (outcome: IntakeOutcome | undefined): number =>
    median(outcome?.results.map(({ p99Ms }) => p99Ms) ?? []);
  const ours = outcomes.find(({ arm }) => arm === 'ours');
  const rows = outcomes
    .filter(({ results }) => results.length > 0)
    .map((outcome) => [
      intakeArms[outcome.arm].name,
      count(rateOf(outcome)),
      tenths(p99Of(outcome)),
      times(rateOf(ours), rateOf(outcome)),
      times(p99Of(ours), p99Of(outcome)),
    ]);
  return formatTable(['median', 'req/s', 'p99 ms', 'ours req/s', 'ours p99'], rows);
}

/** Measures what a server takes in over HTTP, and prints it. */
export async function runIntake(options: Options): Promise<boolean> {
  const { rounds, seconds, profileTo } = options;
  const arms = chooseArms(intakeArms, options.arms, isIntakeArm);
  console.log(`HTTP, ${CONNECTIONS} connections kept alive, ${seconds} s an arm, ${rounds} rounds`);
  const outcomes = await runRounds<IntakeArmName, LoadResult>({
    arms,
    rounds,
    run: (arm) => measure(arm, seconds, profileTo),
    read: (report) => (report.kind === 'load' ? { result: report.result, servers: [] } : undefined),
    show: describeRound,
  });
  console.log(`\n${summary(outcomes)}`);
  console.log('\n"ours" is our figure as a multiple of that arm');
  console.log(describeMachine());
  return allWell(outcomes) && outcomes.every(({ results }) => results.every(notRefused));
}
