export { checkStart, reasonOf, type ServerFinder, serverFinder } from './find/find.ts';
export type { FoundServer, ServerKind } from './find/server-kind.ts';
export { type KafkaOptions, type KafkaServer, startKafka } from './kafka/kafka.ts';
export { freePorts } from './ports.ts';
export { FORGETFUL, type PostgresOptions, type PostgresServer, startPostgres } from './postgres.ts';
export { type RedisOptions, type RedisServer, startRedis } from './redis.ts';
export type { ServerProcess } from './server-process.ts';
export { makeTempFolder } from './temp-folder.ts';
