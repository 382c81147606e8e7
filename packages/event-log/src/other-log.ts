import { InvalidInput } from '@cityloop/kernel';
import { type Database, identifier } from '@cityloop/postgres';
import { LOG_SCHEMA } from './postgres-event-log.ts';

/** Where the log of a system stands: in the database all services share, or elsewhere. */
type LogHome = 'shared' | 'elsewhere';

/**
 * Refuses a database whose services have recorded in the other kind of log: their offsets mean nothing in this
 * one, and what they have recorded is not there.
 *
 * @throws InvalidInput `LOG_MOVED`, which says how to move it
 */
export async function refuseOtherLog(db: Database, home: LogHome): Promise<void> {
  const others = await db.query<{ schema: string }>({
    text: `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where c.relname = 'incident_event' and c.relkind = 'r'
             and case when $1 then n.nspname = $2 else n.nspname like '%\\_outbox' end`,
    values: [home === 'elsewhere', LOG_SCHEMA],
  });
  for (const { schema } of others) {
    const [first] = await db.query({
      text: `select from ${identifier(schema)}.incident_event limit 1`,
    });
    if (first === undefined) continue;
    throw new InvalidInput(
      'LOG_MOVED',
      home === 'elsewhere'
        ? '数据库中已有内置日志 / the log of this database stands in it: stop everything and move it with "npm run log -- move --to kafka", or leave KAFKA_BROKERS out'
        : '此数据库的日志在 Kafka / the log of this database stands in Kafka: set KAFKA_BROKERS, or stop everything and move it with "npm run log -- move --to database"',
      { schema },
    );
  }
}
