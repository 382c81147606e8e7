import { testServer } from '@cityloop/servers/testing';
import { eventLogConformance } from '../src/testing/index.ts';
import { kafkaWorld } from './kafka-world.ts';

const { address } = await testServer('kafka');

eventLogConformance('in Kafka', () => kafkaWorld(address));
