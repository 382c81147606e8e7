import { loadConfig, reportFatal, runProcess } from '@cityloop/runtime';
import { banner } from './banner.ts';
import { Config } from './config.ts';
import { startStandalone } from './service.ts';

await runProcess({
  async start() {
    const startedAt = performance.now();
    const standalone = await startStandalone(loadConfig(Config, process.env));
    process.stdout.write(banner(standalone, performance.now() - startedAt));
    void standalone.failed.then((error) => {
      reportFatal(error);
      process.exit(1);
    });
    return standalone;
  },
  stopWithinMs: 10_000,
});
