import {
  type EventLog,
  migrateEventLog,
  type PostgresEventLog,
  postgresEventLog,
} from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import type { Logger } from '@cityloop/runtime';
import { type Patience, patiently } from './patience.ts';
import type { ServiceSettings } from './settings.ts';

/** The servers a service works with. */
export type Ports = {
  readonly db: Database;
  readonly log: EventLog;
  /** The same log, where it stands in the database of all services. */
  readonly shared?: PostgresEventLog;
};

/**
 * Opens them, and waits for those that are not there yet. `parts` closes them, the log before the
 * database it may stand in.
 */
export async function openPorts(
  settings: Pick<ServiceSettings, 'DATABASE_URL' | 'DATABASE_CONNECTIONS'>,
  name: string,
  parts: AsyncDisposableStack,
  patience: Patience,
): Promise<Ports> {
  const logger: Logger = patience.logger;
  const { DATABASE_URL: url, DATABASE_CONNECTIONS: max } = settings;
  const db = parts.use(createPool(url, { max, name: `cityloop-${name}`, logger }));
  await patiently(() => migrateEventLog(db), patience);
  const shared = parts.use(postgresEventLog(db));
  return { db, log: shared, shared };
}
