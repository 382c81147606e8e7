import { runClocks } from './clocks/run.ts';
import { runIdle } from './idle/run.ts';
import { runIntake } from './intake/run.ts';
import { runLatency } from './loop/latency.ts';
import { runThroughput } from './loop/throughput.ts';
import { warnAboutDisk } from './machine/describe.ts';
import { runMemory } from './memory/run.ts';
import { type Bench, type Options, readOptions, USAGE, UsageError } from './options.ts';
import { TASK_COMMAND } from './task.ts';
import { runTaskProcess } from './task-process.ts';
import { runTimers } from './timers/run.ts';

const runs: Readonly<Record<Bench, (options: Options) => Promise<boolean>>> = {
  loop: runThroughput,
  latency: runLatency,
  intake: runIntake,
  memory: runMemory,
  idle: runIdle,
  timers: runTimers,
  clocks: runClocks,
};

async function runBench(args: readonly string[]): Promise<void> {
  try {
    const options = readOptions(args);
    const warning = await warnAboutDisk();
    if (warning !== undefined) console.log(`careful: ${warning}`);
    if (!(await runs[options.bench](options))) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  }
}

const [command, task = ''] = process.argv.slice(2);
if (command === TASK_COMMAND) await runTaskProcess(task);
else await runBench(process.argv.slice(2));
