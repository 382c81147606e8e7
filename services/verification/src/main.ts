import { loadConfig } from '@cityloop/runtime';
import { alone, runService, startStageProcess } from '@cityloop/service';
import { Config } from './config.ts';
import { startVerification } from './service.ts';

await runService({
  name: 'verification',
  settings: () => loadConfig(Config, process.env),
  start: (world) =>
    startStageProcess('verification', world, async (services) =>
      alone(await startVerification(services)),
    ),
});
