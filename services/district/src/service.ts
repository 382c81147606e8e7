import type { DistrictPack } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import { type Database, migrate } from '@cityloop/postgres';
import type { Logger } from '@cityloop/runtime';
import { loadPack } from './pack/load.ts';
import { publishPack } from './policy/publish.ts';

const SCHEMA = 'district';

export type District = {
  readonly pack: DistrictPack;
  /** The policy revision in force after start. */
  readonly revision: number;
};

/**
 * Starts the district: reads the pack's folder, checks it whole, and publishes what has changed since
 * the last time. It is the only writer of policy.
 */
export async function startDistrict(options: {
  readonly db: Database;
  readonly log: EventLog;
  readonly packDir: string;
  readonly logger: Logger;
  readonly nowMs: number;
}): Promise<District> {
  const { db, log, logger } = options;
  await migrate(db, { schema: SCHEMA, dir: new URL('../migrations', import.meta.url) });
  const pack = await loadPack(options.packDir);
  const { revision, changed } = await publishPack(db, log, SCHEMA, pack, options.nowMs);
  if (changed.length > 0) logger.info({ revision, changed }, 'policy published');
  return { pack, revision };
}
