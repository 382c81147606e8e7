import { fileURLToPath } from 'node:url';
import { kafkaEventLog } from '@cityloop/event-log';
import { CityLoopError } from '@cityloop/kernel';
import { createPool } from '@cityloop/postgres';
import { createLogger, createMetrics } from '@cityloop/runtime';
import { startKafka, startRedis } from '@cityloop/servers';
import { type LoopOptions, startLoop } from '@cityloop/standalone';
import { connectRedis } from '@cityloop/timers';
import { ArmUnavailable, type LoopArm } from '../arm.ts';
import type { Incident } from '../incident.ts';
import { startPostgres } from '../servers/postgres.ts';
import { createJourney, type Journey } from './journey.ts';
import { watchProgress } from './progress.ts';
import { eachLimited, UNDER_WAY } from './under-way.ts';

const PACK = fileURLToPath(new URL('../../../../infra/packs/yangpu/', import.meta.url));
// As many as the product itself opens.
const CONNECTIONS = 16;
/** What these say of a machine that lacks a server. */
const NOT_HERE: ReadonlySet<string> = new Set(['KAFKA_NOT_INSTALLED', 'REDIS_NOT_INSTALLED']);

/**
 * The product with everything on, as one process on its own Postgres, and on a Kafka and a Redis of its own if
 * told: rules, clocks, history, ledger, live picture; commands are given in process, every answer is durable.
 */
export function ours(elsewhere?: 'kafka'): LoopArm {
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
      const ports = elsewhere === undefined ? {} : await onKafkaAndRedis(parts);
      const running = parts.use(await startLoop({ ...options, ...ports }));
      const progress = parts.use(watchProgress(server.url));
      settled = () => progress.reached(events);
      journey = createJourney(running.loop, running.district.pack);
    },

    submit: (incidents) => eachLimited(incidents, UNDER_WAY, carry),
    drained: () => settled(),
    stepsDone: async () => events,
    stop: () => parts.disposeAsync(),
  };
}

async function onKafkaAndRedis(
  parts: AsyncDisposableStack,
): Promise<Pick<LoopOptions, 'log' | 'redis'>> {
  const missing = (error: unknown): never => {
    if (!(error instanceof CityLoopError && NOT_HERE.has(error.code))) throw error;
    throw new ArmUnavailable(error.message, { cause: error });
  };
  const kafka = parts.use(await startKafka().catch(missing));
  const server = parts.use(await startRedis().catch(missing));
  const log = parts.use(kafkaEventLog({ brokers: kafka.brokers.split(','), clientId: 'bench' }));
  await log.ensureTopics();
  return { log, redis: parts.use(await connectRedis({ url: server.url })) };
}
