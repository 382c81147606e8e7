import { loadConfig } from '@cityloop/runtime';
import { intakeMethods, runService, startStageProcess } from '@cityloop/service';
import { Config } from './config.ts';
import { startIntake } from './service.ts';

await runService({
  name: 'intake',
  settings: () => loadConfig(Config, process.env),
  start: (world) =>
    startStageProcess('intake', world, async (services) => {
      const intake = await startIntake(services);
      const { stage, report, vault } = intake;
      return {
        stage,
        methods: intakeMethods({ report, reveal: vault.reveal, keep: vault.keep }),
        [Symbol.asyncDispose]: () => intake[Symbol.asyncDispose](),
      };
    }),
});
