import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportFatal } from '@cityloop/runtime';
import { type Options, readOptions, USAGE } from './options.ts';
import { reportText } from './report.ts';
import { runChaos } from './run.ts';
import { startOutsideWorld } from './world/outside-world.ts';
import { startOwnWorld } from './world/own-world.ts';
import type { World } from './world/world.ts';

const VIOLATED = 1;
const NOT_RUN = 2;

const startMs = performance.now();
const say = (line: string): void => {
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1).padStart(7);
  process.stdout.write(`${seconds} ${line}\n`);
};

function startWorld(options: Options, folder: string): Promise<World> {
  const { url, compose } = options;
  if (url === undefined) return startOwnWorld({ ...options, folder, say });
  const { DATABASE_URL: databaseUrl, KAFKA_BROKERS: brokers } = process.env;
  return startOutsideWorld({ urls: url, compose, databaseUrl, brokers });
}

async function run(options: Options): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'cityloop-chaos-'));
  say(`seed ${options.seed}: ${folder}`);
  let kept = true;
  try {
    await using world = await startWorld(options, folder);
    for (const line of world.notHere) say(`not done: ${line}`);
    const report = await runChaos({ ...options, world, folder, say });
    process.stdout.write(reportText(report));
    kept = options.keep || report.violations.length > 0;
    return report.violations.length > 0 ? VIOLATED : 0;
  } finally {
    if (kept) say(`历史、计划、日志 history, plan and logs are in ${folder}`);
    else await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(`${USAGE}\n`);
  else process.exitCode = await run(options);
} catch (error) {
  reportFatal(error);
  process.exitCode = NOT_RUN;
}
