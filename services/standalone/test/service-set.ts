import { fileURLToPath } from 'node:url';
import { subjectOfPerson } from '@cityloop/console';
import type { EventLog } from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import { createLogger, createMetrics, type Metrics } from '@cityloop/runtime';
import { vi } from 'vitest';
import { type RunningLoop, startLoop } from '../src/loop.ts';

export const PACK = fileURLToPath(new URL('../../../infra/packs/yangpu', import.meta.url));

/** One set of services: what one process runs. */
export type ServiceSet = {
  readonly db: Database;
  readonly metrics: Metrics;
  readonly running: RunningLoop;
  /** Its process is gone: nobody answers there any more. */
  dead: boolean;
};

export const logger = createLogger({ name: 'test', level: 'silent' });

/** Starts one more set on the database at `url`, whose log stands there too unless one is given. */
export async function startSet(url: string, name: string, log?: EventLog): Promise<ServiceSet> {
  const db = createPool(url, { max: 10, name, waitMs: 1_500 });
  const metrics = createMetrics({ processMetrics: false });
  return {
    db,
    metrics,
    running: await startLoop({ db, packDir: PACK, logger, metrics, log }),
    dead: false,
  };
}

export async function stopSet({ running, db }: ServiceSet): Promise<void> {
  await running[Symbol.asyncDispose]();
  await db.close();
}

/** Waits for a thing to become true, looking again and again. */
export async function until(probe: () => Promise<boolean>, what: string): Promise<void> {
  const look = async () => {
    if (!(await probe())) throw new Error(`waited in vain for ${what}`);
  };
  await vi.waitFor(look, { timeout: 15_000, interval: 20 });
}

/** Somebody of the pack, as a token names them. */
export function subject({ loop }: RunningLoop, id: string) {
  const person = loop.pack().people.find((p) => p.id === id);
  if (person === undefined) throw new Error(`the pack has nobody called ${id}`);
  return subjectOfPerson(person);
}
