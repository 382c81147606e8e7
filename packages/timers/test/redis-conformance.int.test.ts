import { testServer } from '@cityloop/servers/testing';
import { timerIndexConformance } from '../src/testing/index.ts';
import { healthyWorld } from './redis-world.ts';

const redis = await testServer('redis');

timerIndexConformance('in Redis', () => healthyWorld({ url: redis.address }));
