import { stageStoreConformance } from './store-conformance.ts';
import { memoryWorld, postgresWorld } from './store-world.ts';

stageStoreConformance('in memory', memoryWorld);
stageStoreConformance('in Postgres', postgresWorld);
