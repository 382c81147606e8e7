import { loadConfig, reportFatal, runProcess } from '@cityloop/runtime';
import { banner } from './banner.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { Config } from './config.ts';
import { type Options, readOptions, USAGE } from './options.ts';

/** Services have 20 s each, one after the other where they must. */
const STOP_WITHIN_MS = 50_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function start(options: Options): Promise<Cluster> {
  const startedAt = performance.now();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const { signal } = stop;
  const cluster = await startCluster(loadConfig(Config, process.env), { ...options, say, signal });
  if (signal.aborted) return cluster;
  say(banner(cluster, performance.now() - startedAt));
  let rolling = false;
  process.on('SIGUSR2', () => {
    if (rolling) return;
    rolling = true;
    void cluster
      .restartRolling()
      .then(() => say('已逐个重启 / all restarted, one after the other'), reportFatal)
      .finally(() => {
        rolling = false;
      });
  });
  return cluster;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) say(USAGE);
  else await runProcess({ start: () => start(options), stopWithinMs: STOP_WITHIN_MS });
} catch (error) {
  reportFatal(error);
}
