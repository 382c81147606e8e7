import { once } from 'node:events';
import { ArmUnavailable, type LoopArm } from './arm.ts';
import { isLoopArm, loopArms } from './arms/registry.ts';
import type { LoadResult } from './intake/load-generator.ts';
import { intakeArms, isIntakeArm } from './intake/registry.ts';
import { burst, createFinish, type Finish, type PacedResult, pace } from './loop/measure.ts';
import { type Report, Task } from './task.ts';

type Doing = { readonly report: Report; readonly stop: () => Promise<void> };

const nothingToStop = async (): Promise<void> => {};

async function withLoop(
  name: string,
  warmUp: number,
  measure: (arm: LoopArm, finish: Finish) => Promise<Report>,
): Promise<Report> {
  if (!isLoopArm(name)) throw new Error(`no arm "${name}"`);
  const arm = await loopArms[name].load();
  const finish = createFinish();
  try {
    await arm.start(finish.done);
    if (warmUp > 0) await burst(arm, finish, warmUp);
    return await measure(arm, finish);
  } finally {
    await arm.stop();
  }
}

async function load(task: Extract<Task, { kind: 'load' }>): Promise<LoadResult> {
  const { generateLoad } = await import('./intake/load-generator.ts');
  return generateLoad(task);
}

async function serve(name: string): Promise<Doing> {
  if (!isIntakeArm(name)) throw new Error(`no arm "${name}"`);
  const arm = await intakeArms[name].load();
  try {
    return { report: { kind: 'serving', target: await arm.start() }, stop: () => arm.stop() };
  } catch (error) {
    await arm.stop();
    throw error;
  }
}

async function perform(task: Task): Promise<Doing> {
  switch (task.kind) {
    case 'burst': {
      const report = await withLoop(task.arm, task.warmUp, async (arm, finish) => {
        const result = await burst(arm, finish, task.incidents);
        return { kind: 'burst', servers: [...arm.servers()], result };
      });
      return { report, stop: nothingToStop };
    }
    case 'pace': {
      const report = await withLoop(task.arm, task.warmUp, async (arm, finish) => {
        const results: PacedResult[] = [];
        for (const perSecond of task.perSecond)
          results.push(await pace(arm, finish, { perSecond, seconds: task.seconds }));
        return { kind: 'pace', servers: [...arm.servers()], results };
      });
      return { report, stop: nothingToStop };
    }
    case 'serve':
      return serve(task.arm);
    case 'load':
      return {
        report: { kind: 'load', result: await load(task) },
        stop: nothingToStop,
      };
  }
}

function explain(error: unknown): Report {
  if (error instanceof ArmUnavailable) return { kind: 'left-out', reason: error.message };
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: 'failed', reason };
}

/**
 * What a process of the bench does that was started for a task: does it, reports, and ends when the
 * one that started it has hung up or ended, with everything it started.
 */
export async function runTaskProcess(text: string): Promise<void> {
  const hungUp = once(process, 'disconnect');
  // The terminal tells all of us; we stop when the one that started us hangs up.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  const task = Task.parse(JSON.parse(text));
  const done = await perform(task).catch((error: unknown) => ({
    report: explain(error),
    stop: nothingToStop,
  }));
  process.send?.(done.report);
  await hungUp;
  await done.stop();
  // Peers leave timers and sockets behind that would keep the process for a while.
  process.exit();
}
