import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { ArmUnavailable, type LoopArm } from './arm.ts';
import { isLoopArm, loopArms } from './arms/registry.ts';
import { measureIdle } from './idle/measure.ts';
import { intakeArms, isIntakeArm } from './intake/registry.ts';
import { burst, createFinish, type Finish, type PacedResult, pace } from './loop/measure.ts';
import { type Report, Task } from './task.ts';
import { measureTimers } from './timers/measure.ts';
import { isTimersArm, timersArms } from './timers/registry.ts';

// Longer than any server of ours takes to stop.
const STOP_MS = 50_000;

type Stoppable = { stop(): Promise<void> };

/** Starts an arm, to be stopped with `parts`, also when that comes while it is still starting. */
async function startOwned<Result>(
  parts: AsyncDisposableStack,
  arm: Stoppable,
  start: () => Promise<Result>,
): Promise<Result> {
  const starting = start();
  parts.defer(async () => {
    await starting.catch(() => undefined);
    await arm.stop();
  });
  return await starting;
}

async function withLoop(
  parts: AsyncDisposableStack,
  { arm: name, warmUp }: { readonly arm: string; readonly warmUp: number },
  measure: (arm: LoopArm, finish: Finish) => Promise<Report>,
): Promise<Report> {
  if (!isLoopArm(name)) throw new Error(`no arm "${name}"`);
  const arm = await loopArms[name].load();
  const finish = createFinish();
  await startOwned(parts, arm, () => arm.start(finish.done));
  if (warmUp > 0) await burst(arm, finish, warmUp);
  return await measure(arm, finish);
}

async function withTimers(
  parts: AsyncDisposableStack,
  { arm: name, timers }: { readonly arm: string; readonly timers: number },
): Promise<Report> {
  if (!isTimersArm(name)) throw new Error(`no arm "${name}"`);
  const arm = await timersArms[name].load();
  await startOwned(parts, arm, () => arm.start());
  const result = await measureTimers(arm, timers);
  return { kind: 'timers', servers: [...arm.servers()], result };
}

async function serve(parts: AsyncDisposableStack, name: string): Promise<Report> {
  if (!isIntakeArm(name)) throw new Error(`no arm "${name}"`);
  const arm = await intakeArms[name].load();
  return { kind: 'serving', target: await startOwned(parts, arm, () => arm.start()) };
}

async function perform(task: Task, parts: AsyncDisposableStack): Promise<Report> {
  switch (task.kind) {
    case 'burst':
      return await withLoop(parts, task, async (arm, finish) => {
        const result = await burst(arm, finish, task.incidents);
        return { kind: 'burst', servers: [...arm.servers()], result };
      });
    case 'pace':
      return await withLoop(parts, task, async (arm, finish) => {
        const results: PacedResult[] = [];
        for (const perSecond of task.perSecond)
          results.push(await pace(arm, finish, { perSecond, seconds: task.seconds }));
        return { kind: 'pace', servers: [...arm.servers()], results };
      });
    case 'timers':
      return await withTimers(parts, task);
    case 'idle':
      return { kind: 'idle', result: await measureIdle(task.seconds, parts) };
    case 'serve':
      return await serve(parts, task.arm);
    case 'load': {
      const { generateLoad } = await import('./intake/load-generator.ts');
      return { kind: 'load', result: await generateLoad(task) };
    }
  }
}

function explain(error: unknown): Report {
  if (error instanceof ArmUnavailable) return { kind: 'left-out', reason: error.message };
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: 'failed', reason };
}

/** Stops what a task started; work that is cut off in the middle may fail as it likes. */
async function stopAll(parts: AsyncDisposableStack): Promise<void> {
  process.on('uncaughtException', () => undefined);
  const stopped = parts.disposeAsync().catch(() => undefined);
  await Promise.race([stopped, after(STOP_MS, undefined, { ref: false })]);
}

/**
 * What a process of the bench does that was started for a task: does it, reports, and ends when the
 * one that started it has hung up or ended (by `kill -9` too), with everything it started.
 */
export async function runTaskProcess(text: string): Promise<void> {
  const hungUp = once(process, 'disconnect');
  // The terminal tells all of us; we stop when the one that started us hangs up.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  const parts = new AsyncDisposableStack();
  const task = Task.parse(JSON.parse(text));
  const reported = perform(task, parts)
    .catch(explain)
    .then((report) => process.connected && process.send?.(report));
  await Promise.race([reported, hungUp]);
  if (process.connected) await hungUp;
  await stopAll(parts);
  // Peers leave timers and sockets behind that would keep the process for a while.
  process.exit();
}
