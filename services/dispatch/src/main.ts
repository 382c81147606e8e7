import { loadConfig } from '@cityloop/runtime';
import { alone, runService, startStageProcess } from '@cityloop/service';
import { Config } from './config.ts';
import { startDispatch } from './service.ts';

await runService({
  name: 'dispatch',
  settings: () => loadConfig(Config, process.env),
  start: (world) =>
    startStageProcess('dispatch', world, async (services) => alone(await startDispatch(services))),
});
