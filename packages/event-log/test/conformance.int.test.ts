import { eventLogConformance } from '../src/testing/index.ts';
import { postgresWorld } from './postgres-world.ts';

eventLogConformance('in Postgres', postgresWorld);
