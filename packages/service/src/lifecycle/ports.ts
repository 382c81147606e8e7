import {
  type EventLog,
  migrateEventLog,
  type PostgresEventLog,
  postgresEventLog,
} from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import type { Metrics } from '@cityloop/runtime';
import { connectRedis, type RedisServer } from '@cityloop/timers';
import { openLog } from './log.ts';
import { type Patience, patiently } from './patience.ts';
import type { ServiceSettings } from './settings.ts';

/** The servers a service works with. */
export type Ports = {
  readonly db: Database;
  readonly log: EventLog;
  /** The same log, where it stands in the database of all services. */
  readonly shared?: PostgresEventLog;
  /** Where alarms are kept, if not in the database. */
  readonly redis?: RedisServer;
  /** Rejects when a server does not answer that is none of the others' checks. */
  check(): Promise<void>;
};

/**
 * Opens them, and waits for those that are not there yet. `parts` closes them, the log before the
 * database it may stand in.
 */
export async function openPorts(
  settings: ServiceSettings,
  name: string,
  parts: AsyncDisposableStack,
  patience: Patience & { readonly metrics: Metrics },
): Promise<Ports> {
  const { logger } = patience;
  const { DATABASE_URL: url, DATABASE_CONNECTIONS: max } = settings;
  const db = parts.use(createPool(url, { max, name: `cityloop-${name}`, logger }));
  const kafka = await patiently(() => openLog(settings, name, db, patience), patience);
  const redis =
    settings.REDIS_URL === undefined
      ? {}
      : { redis: parts.use(await connectRedis({ url: settings.REDIS_URL })) };
  if (kafka !== undefined) {
    return { db, log: parts.use(kafka), ...redis, check: () => kafka.check() };
  }
  await patiently(() => migrateEventLog(db), patience);
  const shared = parts.use(postgresEventLog(db));
  return { db, log: shared, shared, ...redis, check: async () => undefined };
}
