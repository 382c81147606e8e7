import type { DistrictPack } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import { type Database, migrate } from '@cityloop/postgres';
import type { Logger } from '@cityloop/runtime';
import { createModes, type Modes } from './modes/modes.ts';
import { modeStore } from './modes/store.ts';
import { startModeTimer } from './modes/timer.ts';
import { loadPack } from './pack/load.ts';
import { publishPack } from './policy/publish.ts';

const SCHEMA = 'district';

export type District = AsyncDisposable & {
  readonly pack: DistrictPack;
  /** The policy revision in force after start. */
  readonly revision: number;
  readonly modes: Pick<Modes, 'stand' | 'propose' | 'decide'>;
};

/**
 * Starts the district: reads the pack's folder, checks it whole, and publishes what has changed since
 * the last time; then sees to it that modes (平战) begin and end in their time. It is the only writer of policy.
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
  const modes = createModes({
    ...{ db, log, schema: SCHEMA, store: modeStore(SCHEMA), pack },
    onUnpublished: (error) => logger.warn({ err: error }, 'a decided policy waits to be published'),
  });
  const timer = startModeTimer(modes, (error) => logger.warn({ err: error }, 'modes not settled'));
  return { pack, revision, modes, [Symbol.asyncDispose]: () => timer[Symbol.asyncDispose]() };
}
