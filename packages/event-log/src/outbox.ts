import type { Database } from '@cityloop/postgres';
import type { EventLog } from './event-log.ts';
import { migrateLog, type PostgresEventLog, postgresEventLog } from './postgres-event-log.ts';
import { type Relay, type RelayOptions, startRelay } from './relay.ts';

/** The schema of a service's outbox. */
export const outboxSchema = (service: string): string => `${service}_outbox`;

/** The outbox of a service whose log stands elsewhere: its own events, and what publishes them. */
export type Outbox = AsyncDisposable & {
  readonly log: PostgresEventLog;
  /** Begins to publish, what was left over first. Disposing the outbox publishes what stands in it. */
  startRelay(): Relay;
};

/** Makes the outbox of a service, or finds it. */
export async function openOutbox(
  options: Omit<RelayOptions, 'outbox' | 'to'> & {
    readonly db: Database;
    readonly service: string;
    readonly to: Pick<EventLog, 'publish'>;
  },
): Promise<Outbox> {
  const schema = outboxSchema(options.service);
  await migrateLog(options.db, schema, 'outbox');
  const log = postgresEventLog(options.db, schema);
  let relay: Relay | undefined;
  return {
    log,
    startRelay() {
      relay ??= startRelay({ ...options, outbox: log });
      return relay;
    },
    async [Symbol.asyncDispose]() {
      await relay?.[Symbol.asyncDispose]();
      await log[Symbol.asyncDispose]();
    },
  };
}
