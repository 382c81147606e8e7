import { loadConfig } from '@cityloop/runtime';
import { alone, runService, startStageProcess } from '@cityloop/service';
import { Config } from './config.ts';
import { startHandling } from './service.ts';

await runService({
  name: 'handling',
  settings: () => loadConfig(Config, process.env),
  start: (world) =>
    startStageProcess('handling', world, async (services) => alone(await startHandling(services))),
});
