import { fileURLToPath } from 'node:url';
import { createPool } from '@cityloop/postgres';
import { createLogger, createMetrics } from '@cityloop/runtime';
import { startLoop } from '@cityloop/standalone';
import type { LoopArm } from '../arm.ts';
import type { Incident } from '../incident.ts';
import { startPostgres } from '../servers/postgres.ts';
import { createJourney, type Journey } from './journey.ts';

const PACK = fileURLToPath(new URL('../../../../infra/packs/yangpu/', import.meta.url));
// As many as the product itself opens.
const CONNECTIONS = 16;
// Incidents under way at a time when all are there at once: as many as fill the batches of every
// stage, and few enough for each to wait for its hand-over (the engine lets 1,000 wait).
const UNDER_WAY = 1_000;

/** Runs `work` on all items, at most `limit` at a time. */
async function eachLimited<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items.values();
  const worker = async (): Promise<void> => {
    for (const item of iterator) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

/**
 * The product with everything on, as one process on its own Postgres: rules, clocks, history, ledger,
 * live picture; commands are given in process, every answer is durable.
 */
export function ours(): LoopArm {
  const parts = new AsyncDisposableStack();
  let journey: Journey | undefined;
  let report: (id: string) => void = () => {};
  let settled: () => Promise<void> = async () => {};
  let events = 0;
  const versions: string[] = [];

  const carry = async (incident: Incident): Promise<void> => {
    const stored = await journey?.(incident);
    events += stored ?? 0;
    report(incident.id);
  };

  return {
    servers: () => versions,

    async start(done) {
      report = done;
      const server = parts.use(await startPostgres());
      versions.push(`Postgres ${server.version}`);
      // A pool may still hear of the server's stop, which is no warning here.
      const logger = createLogger({ name: 'bench', level: 'error' });
      const db = parts.use(createPool(server.url, { max: CONNECTIONS, logger }));
      const options = { db, packDir: PACK, logger, metrics: createMetrics() };
      const running = parts.use(await startLoop(options));
      settled = () => running.settled();
      journey = createJourney(running.loop, running.district.pack);
    },

    submit: (incidents) => eachLimited(incidents, UNDER_WAY, carry),
    drained: () => settled(),
    stepsDone: async () => events,
    stop: () => parts.disposeAsync(),
  };
}
