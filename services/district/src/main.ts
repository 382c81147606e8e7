import { loadConfig } from '@cityloop/runtime';
import { databaseCheck, runService } from '@cityloop/service';
import { Config } from './config.ts';
import { existingPackFolder } from './pack/folder.ts';
import { startDistrict } from './service.ts';

await runService({
  name: 'district',
  settings: () => loadConfig(Config, process.env),
  async start({ db, log, logger, settings }) {
    const packDir = await existingPackFolder(settings.CITYLOOP_PACK);
    await startDistrict({ db, log, packDir, logger, nowMs: Date.now() });
    return { ready: [databaseCheck(db)] };
  },
});
