export {
  type Announce,
  type EventLog,
  type Expect,
  type LogRecord,
  type Position,
  type Publication,
  type Start,
  type Stored,
  type Subscribe,
  type Subscription,
  type Topic,
  topics,
} from './event-log.ts';
export { encodeLines, type Lines } from './lines.ts';
export { createMemoryEventLog, type MemoryEventLog } from './memory-event-log.ts';
export {
  LOG_SCHEMA,
  migrateEventLog,
  type PostgresEventLog,
  postgresEventLog,
} from './postgres-event-log.ts';
