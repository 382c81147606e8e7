import { doTask, type Report, type Task, type TaskOptions } from './task.ts';

/** What one arm brought in its rounds; empty with a reason when it was left out or failed. */
export type Outcome<Name extends string, Result> = {
  readonly arm: Name;
  readonly results: readonly Result[];
  readonly servers: readonly string[];
  readonly missing?: string;
};

/** What a round of an arm is made of, and how to read its report. */
export type RoundPlan<Name extends string, Result> = {
  readonly arms: readonly Name[];
  readonly rounds: number;
  run(arm: Name): Promise<Report>;
  /** The result when the report is of the expected kind. */
  read(
    report: Report,
  ): { readonly result: Result; readonly servers: readonly string[] } | undefined;
  show(arm: Name, result: Result): string;
};

type Collected<Name extends string, Result> = {
  readonly arm: Name;
  readonly results: Result[];
  servers: readonly string[];
  missing?: string;
};

const reasonOf = (report: Report): string =>
  report.kind === 'left-out' || report.kind === 'failed' ? report.reason : `said ${report.kind}`;

/**
 * Runs all arms one after the other, `rounds` times over, so that a slow minute of the machine hits
 * all of them. An arm that cannot run is left out, with the reason, and not tried again.
 */
export async function runRounds<Name extends string, Result>(
  plan: RoundPlan<Name, Result>,
): Promise<readonly Outcome<Name, Result>[]> {
  const collected: Collected<Name, Result>[] = plan.arms.map((arm) => ({
    arm,
    results: [],
    servers: [],
  }));
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const into of collected) {
      if (into.missing !== undefined) continue;
      const report = await plan.run(into.arm);
      const read = plan.read(report);
      if (read === undefined) {
        into.missing = reasonOf(report);
        console.log(`  ${into.arm}: left out: ${into.missing}`);
      } else {
        into.results.push(read.result);
        into.servers = read.servers;
        console.log(`  round ${round}  ${into.arm}: ${plan.show(into.arm, read.result)}`);
      }
    }
  }
  return collected;
}

/** Runs a task for `arm`, profiled when it is ours and a folder was given. */
export function doProfiled(task: Task, arm: string, profileTo?: string): Promise<Report> {
  const options: TaskOptions = arm === 'ours' ? { profileTo } : {};
  return doTask(task, options);
}
