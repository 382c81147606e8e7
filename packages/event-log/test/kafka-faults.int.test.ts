import { setTimeout as after } from 'node:timers/promises';
import { startKafka } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { describe, it } from 'vitest';
import { until } from '../src/testing/index.ts';
import { events, freeze, storing, throughAFault } from './kafka-fault.ts';
import { kafkaWorld } from './kafka-world.ts';

await ownServers('kafka');

/** A Kafka of one broker, for one test to break. */
async function oneBroker() {
  const kafka = await startKafka();
  const [broker] = kafka.nodes;
  if (broker === undefined) throw new Error('a Kafka without a broker');
  return { kafka, broker, [Symbol.asyncDispose]: () => kafka[Symbol.asyncDispose]() };
}

// At once, for they mostly wait; each has a broker of its own.
describe.concurrent('a broker that fails', { timeout: 180_000 }, () => {
  it('by kill -9, and comes back, loses nothing and puts nothing out of order', async () => {
    await using own = await oneBroker();
    await throughAFault(own.kafka.brokers, async () => {
      own.broker.kill('SIGKILL');
      await own.broker.restart();
    });
  });

  it.each([15_000, 45_000])(
    'by a freeze of %d ms loses nothing and puts nothing out of order',
    async (ms) => {
      await using own = await oneBroker();
      await throughAFault(own.kafka.brokers, () => freeze(own.broker, ms));
    },
  );

  it('holds up neither the lag nor the end of a reader or a log', async ({ expect }) => {
    await using own = await oneBroker();
    await using world = await kafkaWorld(own.kafka.brokers);
    const log = await world.open();
    const one = await storing(log, 'one');
    await log.publish('again', events(1, 3));
    await until(() => one.first.length === 3, 'the records');
    own.broker.kill('SIGSTOP');
    expect(await one.subscription.lag()).toBe(0);
    await expect(log.check()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    const ended = log[Symbol.asyncDispose]().then(() => 'ended');
    expect(await Promise.race([ended, after(15_000, 'late', { ref: false })])).toBe('ended');
    own.broker.kill('SIGCONT');
  });
});
