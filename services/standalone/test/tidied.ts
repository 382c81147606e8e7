import { stages } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import type { Database } from '@cityloop/postgres';
import { createLogger, createMetrics } from '@cityloop/runtime';
import { startLoop } from '../src/loop.ts';
import { hastyPack } from './hasty-pack.ts';

/** Starts all services once more to tidy their outboxes; answers how many events of each stage went. */
export async function tidied(
  db: Database,
  log: EventLog,
  beforeMs: number,
): Promise<Record<string, number>> {
  await using pack = await hastyPack();
  const [logger, metrics] = [
    createLogger({ name: 'test', level: 'silent' }),
    createMetrics({ processMetrics: false }),
  ];
  await using running = await startLoop({ db, packDir: pack.path, logger, metrics, log });
  const gone: Record<string, number> = {};
  for (const stage of stages) gone[stage] = await running.stages[stage].tidy(beforeMs);
  return gone;
}
