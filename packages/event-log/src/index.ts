export { type LogCopy, startCopy } from './copy.ts';
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
export type { TopicDifference } from './kafka/ensure-topics.ts';
export { type KafkaEventLog, kafkaEventLog } from './kafka/kafka-event-log.ts';
export type { KafkaCredentials, KafkaLogger, KafkaOptions } from './kafka/options.ts';
export { encodeLines, type Lines } from './lines.ts';
export { createMemoryEventLog, type MemoryEventLog } from './memory-event-log.ts';
export { refuseOtherLog } from './other-log.ts';
export { type Outbox, openOutbox, outboxSchema } from './outbox.ts';
export {
  LOG_SCHEMA,
  migrateEventLog,
  migrateLog,
  type PostgresEventLog,
  postgresEventLog,
} from './postgres-event-log.ts';
export type { Relay } from './relay.ts';
export { scan } from './scan.ts';
export { toTheEnds } from './to-the-ends.ts';
