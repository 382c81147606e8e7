import { afterAll, beforeAll } from 'vitest';
import { timerIndexConformance } from '../src/testing/index.ts';
import { type RedisProcess, startRedis } from './redis-server.ts';
import { healthyWorld } from './redis-world.ts';

let server: RedisProcess;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

timerIndexConformance('in Redis', () => healthyWorld({ url: server.url }));
