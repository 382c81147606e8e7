import { stageStoreConformance } from './store-conformance.ts';
import { memoryWorld, outboxWorld, postgresWorld } from './store-world.ts';

stageStoreConformance('in memory', memoryWorld);
stageStoreConformance('in Postgres', postgresWorld);
stageStoreConformance('with an outbox', outboxWorld);
