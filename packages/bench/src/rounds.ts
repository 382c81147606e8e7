import { doTask, type Report, type Task, type TaskOptions } from './task.ts';

/** What one arm brought in its rounds, until it failed or when this machine lacks what it needs. */
export type Outcome<Name extends string, Result> = {
  readonly arm: Name;
  readonly results: readonly Result[];
  readonly servers: readonly string[];
  readonly missing?: Missing;
};

type Missing = { readonly reason: string; readonly failed: boolean };

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
  missing?: Missing;
};

function missingFor(report: Report): Missing {
  if (report.kind === 'left-out') return { reason: report.reason, failed: false };
  const reason = report.kind === 'failed' ? report.reason : `it said ${report.kind}`;
  return { reason, failed: true };
}

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
        into.missing = missingFor(report);
        const { failed, reason } = into.missing;
        console.log(`  ${into.arm}: ${failed ? 'failed' : 'left out'}: ${reason}`);
      } else {
        into.results.push(read.result);
        into.servers = read.servers;
        console.log(`  round ${round}  ${into.arm}: ${plan.show(into.arm, read.result)}`);
      }
    }
  }
  return collected;
}

/** Whether no arm failed; one left out for want of its server is no failure. */
export const allWell = (outcomes: readonly Outcome<string, unknown>[]): boolean =>
  outcomes.every(({ missing }) => missing?.failed !== true);

/** Runs a task for `arm`, profiled when it is ours and a folder was given. */
export function doProfiled(task: Task, arm: string, profileTo?: string): Promise<Report> {
  const options: TaskOptions = arm === 'ours' ? { profileTo } : {};
  return doTask(task, options);
}
