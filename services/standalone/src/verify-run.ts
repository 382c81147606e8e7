import { reportFatal } from '@cityloop/runtime';
import { openDatabase } from './tool-database.ts';
import { openKafka } from './tool-log.ts';
import { type Options, readOptions, USAGE } from './verify/options.ts';
import { reportText } from './verify/render.ts';
import { verifyRun } from './verify/run.ts';

const VIOLATED = 1;
const NOT_CHECKED = 2;

async function run({ data, json, settled }: Options): Promise<number> {
  await using opened = await openDatabase({
    data,
    databaseUrl: process.env.DATABASE_URL || undefined,
    defaultData: process.env.CITYLOOP_DATA || './data',
    readOnly: true,
  });
  await using log = await openKafka(process.env);
  const shown = process.stderr.isTTY;
  const report = await verifyRun(opened.db, {
    settled,
    log,
    onProgress: (incidents) => {
      if (shown) process.stderr.write(`\r${incidents} incidents`);
    },
  });
  if (shown) process.stderr.write('\r\u001b[K');
  process.stdout.write(
    json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, opened.name),
  );
  return report.ok ? 0 : VIOLATED;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(`${USAGE}\n`);
  else process.exitCode = await run(options);
} catch (error) {
  reportFatal(error);
  process.exitCode = NOT_CHECKED;
}
