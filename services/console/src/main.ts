import { loadConfig, reportFatal, runProcess } from '@cityloop/runtime';
import { STOP_WITHIN_MS } from '@cityloop/service';
import { Config } from './config.ts';
import { startGateway } from './service.ts';

await runProcess({
  async start() {
    const gateway = await startGateway(loadConfig(Config, process.env));
    process.stdout.write(`cityloop gateway: ${gateway.url}\n`);
    void gateway.failed.then((error) => {
      reportFatal(error);
      process.exit(1);
    });
    return gateway;
  },
  stopWithinMs: STOP_WITHIN_MS,
});
