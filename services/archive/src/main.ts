import { loadConfig } from '@cityloop/runtime';
import { archiveMethods, runService, startStageProcess } from '@cityloop/service';
import { Config } from './config.ts';
import { startArchive } from './service.ts';

await runService({
  name: 'archive',
  settings: () => loadConfig(Config, process.env),
  start: (world) =>
    startStageProcess('archive', world, async (services) => {
      const archive = await startArchive(services);
      const { stage, ledger, keeper, filler } = archive;
      return {
        stage,
        methods: archiveMethods(ledger),
        readers: { ledger: keeper, ...(filler === undefined ? {} : { words: filler }) },
        gaps: () => ledger.gaps(),
        [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
      };
    }),
});
