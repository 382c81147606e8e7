import { loadConfig } from '@cityloop/runtime';
import { databaseCheck, districtMethods, runService } from '@cityloop/service';
import { Config } from './config.ts';
import { districtDoor } from './door.ts';
import { existingPackFolder } from './pack/folder.ts';
import { startDistrict } from './service.ts';

await runService({
  name: 'district',
  settings: () => loadConfig(Config, process.env),
  async start({ db, log, logger, parts, settings }) {
    const packDir = await existingPackFolder(settings.CITYLOOP_PACK);
    const nowMs = Date.now();
    const district = parts.use(await startDistrict({ db, log, packDir, logger, nowMs }));
    return { methods: districtMethods(districtDoor(district)), ready: [databaseCheck(db)] };
  },
});
