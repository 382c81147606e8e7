import { writeFile } from 'node:fs/promises';
import { reportFatal } from '@cityloop/runtime';
import { type ClocksOptions, readOptions, USAGE } from './clocks/options.ts';
import { comparisonCsv, comparisonText } from './clocks/render.ts';
import { replay } from './clocks/replay.ts';
import { openDatabase } from './tool-database.ts';

const FAILED = 2;

async function run(options: ClocksOptions): Promise<string> {
  await using opened = await openDatabase({
    data: options.data,
    databaseUrl: process.env.DATABASE_URL || undefined,
    defaultData: process.env.CITYLOOP_DATA || './data',
    readOnly: true,
  });
  const shown = process.stderr.isTTY;
  const comparison = await replay(opened.db, options, (incidents) => {
    if (shown) process.stderr.write(`\r${incidents} incidents`);
  });
  if (shown) process.stderr.write('\r\u001b[K');
  if (options.csv !== undefined) await writeFile(options.csv, comparisonCsv(comparison));
  return comparisonText(comparison, options.policy);
}

try {
  const options = readOptions(process.argv.slice(2));
  process.stdout.write(`${options === undefined ? USAGE : await run(options)}\n`);
} catch (error) {
  reportFatal(error);
  process.exitCode = FAILED;
}
