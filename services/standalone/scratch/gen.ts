import { settingsTable } from '/work/main/packages/runtime/src/index.ts';
import { Config } from '/work/main/services/standalone/src/config.ts';
process.stdout.write(settingsTable(Config));
