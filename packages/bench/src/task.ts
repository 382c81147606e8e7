import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

const Target = z.object({
  host: z.string(),
  port: z.number(),
  method: z.enum(['GET', 'POST']),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  bodies: z.array(z.string()).readonly(),
});

/** What a process of the bench is started for; each does one thing and ends. */
export const Task = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('burst'),
    arm: z.string(),
    incidents: z.number(),
    warmUp: z.number(),
  }),
  z.object({
    kind: z.literal('pace'),
    arm: z.string(),
    perSecond: z.array(z.number()),
    seconds: z.number(),
    warmUp: z.number(),
  }),
  z.object({ kind: z.literal('timers'), arm: z.string(), timers: z.number() }),
  z.object({ kind: z.literal('idle'), seconds: z.number() }),
  z.object({ kind: z.literal('serve'), arm: z.string() }),
  z.object({
    kind: z.literal('load'),
    target: Target,
    connections: z.number(),
    seconds: z.number(),
    warmUpSeconds: z.number(),
  }),
]);
export type Task = z.infer<typeof Task>;

const Burst = z.object({
  seconds: z.number(),
  incidents: z.number(),
  steps: z.number(),
  cpuSeconds: z.record(z.string(), z.number()),
  othersShare: z.number(),
});
const Paced = z.object({
  perSecond: z.number(),
  incidents: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
});
const Timers = z.object({
  armPerSecond: z.number(),
  bytesEach: z.number(),
  cancelPerSecond: z.number(),
  lateP50Ms: z.number(),
  lateP99Ms: z.number(),
  // JSON has no word for what is not a number.
  restartSeconds: z
    .number()
    .nullable()
    .transform((seconds) => seconds ?? Number.NaN),
});
const Idle = z.object({
  cores: z.record(z.string(), z.number()),
  bytes: z.record(z.string(), z.number()),
});
const Load = z.object({
  requestsPerSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  refused: z.number(),
});

/** What it says when it is done, or when its server is ready. */
export const Report = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('burst'), servers: z.array(z.string()), result: Burst }),
  z.object({ kind: z.literal('pace'), servers: z.array(z.string()), results: z.array(Paced) }),
  z.object({ kind: z.literal('timers'), servers: z.array(z.string()), result: Timers }),
  z.object({ kind: z.literal('idle'), result: Idle }),
  z.object({ kind: z.literal('serving'), target: Target }),
  z.object({ kind: z.literal('load'), result: Load }),
  z.object({ kind: z.literal('left-out'), reason: z.string() }),
  z.object({ kind: z.literal('failed'), reason: z.string() }),
]);
export type Report = z.infer<typeof Report>;

/** A process at its task, which has reported; disposing it ends it in good order. */
export type RunningTask = AsyncDisposable & { readonly pid: number; readonly report: Report };

/** The word of the command line that makes a process of the bench one that does a task. */
export const TASK_COMMAND = 'task';

/** How a task's process is run. */
export type TaskOptions = {
  /** Folder for a CPU profile of it. */
  readonly profileTo?: string | undefined;
};

/**
 * Starts a process of its own for a task and waits for its report. A process of its own, so that no
 * arm inherits the heap, the compiled code or the timers of another; it ends with us in any case.
 */
export async function startTask(task: Task, options: TaskOptions = {}): Promise<RunningTask> {
  const [, program = ''] = process.argv;
  const { profileTo } = options;
  const execArgv = profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`];
  const child = fork(program, [TASK_COMMAND, JSON.stringify(task)], { execArgv });
  const ended = once(child, 'exit');
  const silent = ended.then(([code, signal]): never => {
    throw new Error(`the process for ${task.kind} ended without a report (${signal ?? code})`);
  });
  const messages: readonly unknown[] = await Promise.race([once(child, 'message'), silent]);
  silent.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    report: Report.parse(messages[0]),
    [Symbol.asyncDispose]: async () => {
      // Whatever it still runs, it stops when the channel closes.
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** Does a task in a process of its own from start to end. */
export async function doTask(task: Task, options: TaskOptions = {}): Promise<Report> {
  await using running = await startTask(task, options);
  return running.report;
}
