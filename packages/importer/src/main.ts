import { reportFatal, untilStopped } from '@cityloop/runtime';
import { importFile } from './import-file.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { showProgress } from './run/progress.ts';
import { exitCodeOf, summary } from './run/summary.ts';

const EXIT_STOPPED = 130;

async function run(options: Options): Promise<number> {
  const startedMs = performance.now();
  const fresh = { rows: 0, events: 0 };
  const running = await importFile({
    ...options,
    token: process.env.CITYLOOP_TOKEN,
    settled: ({ events }) => {
      fresh.rows += 1;
      fresh.events += events ?? 0;
    },
  });
  const { tally, places } = running;
  if (running.finishedBefore) process.stderr.write('imported before; --again sends it once more\n');
  else if (tally.rows > 0) process.stderr.write(`going on behind record ${tally.rows}\n`);
  const before = tally.rows;
  // Waits for a signal that may never come.
  void untilStopped().then(() => {
    process.stderr.write('\nstopping: what is under way comes to its end\n');
    running.stop();
  });
  let finished: boolean;
  {
    using _shown = showProgress(process.stderr, () => ({
      rows: before + fresh.rows,
      rejected: tally.rejected + tally.failed,
      read: running.read(),
      fresh: fresh.rows,
      away: running.away(),
    }));
    finished = await running.ended;
  }
  const elapsedMs = performance.now() - startedMs;
  const rejectedPath = places.rejected;
  process.stdout.write(summary({ tally, finished, elapsedMs, fresh, rejectedPath }));
  return finished ? exitCodeOf(tally) : EXIT_STOPPED;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(`${USAGE}\n`);
  else process.exit(await run(options));
} catch (error) {
  reportFatal(error);
  process.exit(1);
}
