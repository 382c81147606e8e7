import {
  type EventLog,
  migrateEventLog,
  type PostgresEventLog,
  postgresEventLog,
  refuseOtherLog,
} from '@cityloop/event-log';
import type { ReadyCheck } from '@cityloop/http';
import { createPool, type Database } from '@cityloop/postgres';
import type { Metrics } from '@cityloop/runtime';
import { connectRedis, type RedisServer } from '@cityloop/timers';
import { ensureTopics, kafkaFrom, logCheck } from './kafka-port.ts';
import { type Patience, patiently } from './patience.ts';
import type { ServiceSettings } from './settings.ts';

/**
 * The longest a statement of a service may take, ms: far beyond a batch on a busy machine, far below what a
 * vanished host is waited for otherwise.
 */
export const STATEMENT_MS = 60_000;

/** The servers a service works with. */
export type Ports = {
  readonly db: Database;
  readonly log: EventLog;
  /** The same log, where it stands in the database of all services. */
  readonly shared?: PostgresEventLog;
  /** What `/ready` says of them, but for the database. */
  readonly checks: readonly ReadyCheck[];
};

type PortSettings = Omit<ServiceSettings, 'PORT' | 'HOST' | 'SERVICE_TOKEN' | 'LOG_LEVEL'>;

/**
 * Opens them, and waits for those that are not there yet. `parts` closes them, the log before the
 * database it may stand in.
 */
export async function openPorts(
  settings: PortSettings,
  name: string,
  parts: AsyncDisposableStack,
  given: Patience & { readonly metrics: Metrics },
): Promise<Ports> {
  const { logger } = given;
  const { DATABASE_URL: url, DATABASE_CONNECTIONS: max } = settings;
  const db = parts.use(
    createPool(url, { max, name: `cityloop-${name}`, limitMs: STATEMENT_MS, logger }),
  );
  return { db, ...(await openLog(db, settings, name, parts, given)) };
}

/** The event log by the settings: in Kafka, or else in the database. */
export async function openLog(
  db: Database,
  settings: Parameters<typeof kafkaFrom>[0],
  name: string,
  parts: AsyncDisposableStack,
  given: Patience & { readonly metrics: Metrics },
): Promise<Pick<Ports, 'log' | 'shared' | 'checks'>> {
  const { logger, metrics } = given;
  const kafka = kafkaFrom(settings, { clientId: `cityloop-${name}`, logger, metrics });
  await patiently(() => refuseOtherLog(db, kafka === undefined ? 'shared' : 'elsewhere'), given);
  if (kafka === undefined) {
    await patiently(() => migrateEventLog(db), given);
    const shared = parts.use(postgresEventLog(db));
    return { log: shared, shared, checks: [] };
  }
  const log = parts.use(kafka);
  await patiently(() => ensureTopics(log, logger), given);
  return { log, checks: [logCheck(log)] };
}

/** The timer index by the settings; nothing where it stands in the database. */
export async function openRedis(
  settings: Pick<ServiceSettings, 'REDIS_URL'>,
  parts: AsyncDisposableStack,
): Promise<{ readonly redis?: RedisServer }> {
  const { REDIS_URL: url } = settings;
  return url === undefined ? {} : { redis: parts.use(await connectRedis({ url })) };
}
