import { fileURLToPath } from 'node:url';
import { createPool } from '@cityloop/postgres';
import { createLogger, createMetrics } from '@cityloop/runtime';
import { startLoop } from '@cityloop/standalone';
import type { LoopArm } from '../arm.ts';
import type { Incident } from '../incident.ts';
import { startPostgres } from '../servers/postgres.ts';
import { createJourney, type Journey } from './journey.ts';
import { eachLimited, UNDER_WAY } from './under-way.ts';

const PACK = fileURLToPath(new URL('../../../../infra/packs/yangpu/', import.meta.url));
// As many as the product itself opens.
const CONNECTIONS = 16;

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
