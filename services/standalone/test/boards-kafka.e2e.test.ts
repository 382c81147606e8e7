import { startKafka, startRedis } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { boardsStory } from './boards-story.ts';

await ownServers('kafka');
await ownServers('redis');

boardsStory('on Kafka and Redis', async () => {
  await using parts = new AsyncDisposableStack();
  const kafka = parts.use(await startKafka());
  const redis = parts.use(await startRedis());
  const running = parts.move();
  return {
    env: { KAFKA_BROKERS: kafka.brokers, REDIS_URL: redis.url },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
});
