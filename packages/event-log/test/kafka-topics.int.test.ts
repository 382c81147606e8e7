import { testServer } from '@cityloop/servers/testing';
import kafkajs from 'kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { kafkaEventLog } from '../src/index.ts';
import { numbered, range, startReader, until } from '../src/testing/index.ts';
import { kafkaWorld } from './kafka-world.ts';

const { address, prefix } = await testServer('kafka');

async function administrator() {
  const kafka = new kafkajs.Kafka({
    brokers: address.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  return admin;
}

function logAt(name: string) {
  const brokers = address.split(',');
  const log = kafkaEventLog({ brokers, clientId: 'test', prefix: `${prefix}${name}.` });
  onTestFinished(() => log[Symbol.asyncDispose]());
  return log;
}

describe('the topics in Kafka', () => {
  it('are made as they have to be, by whoever comes first, and are right from then on', async () => {
    const several = range(1, 3).map(() => logAt('made'));
    const outcomes = await Promise.all(several.map((log) => log.ensureTopics()));
    expect(outcomes).toEqual([[], [], []]);
    const admin = await administrator();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: `${prefix}made.cityloop.incidents.v1` }],
    });
    const entries = resources[0]?.configEntries.map((each) => [each.configName, each.configValue]);
    expect(Object.fromEntries(entries ?? [])).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': String(30 * 24 * 3_600_000),
      'max.message.bytes': '2097152',
    });
    await several[0]?.check();
  });

  it('are refused with a sentence when the number of partitions is wrong', async () => {
    const admin = await administrator();
    const topic = `${prefix}wrong.cityloop.incidents.v1`;
    await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: false });
    await expect(logAt('wrong').ensureTopics()).rejects.toMatchObject({
      code: 'LOG_TOPIC_PARTITIONS',
      message: expect.stringMatching(/incidents\.v1 has 3 partitions and has to have 12/),
    });
  });

  it('are told of, and left alone, when something else is not as it should be', async () => {
    const admin = await administrator();
    const topic = `${prefix}short.cityloop.again.v1`;
    const configEntries = [{ name: 'retention.ms', value: '60000' }];
    await admin.createTopics({
      topics: [{ topic, numPartitions: 1, configEntries }],
      waitForLeaders: false,
    });
    const differences = await logAt('short').ensureTopics();
    expect(differences).toContainEqual({
      topic,
      setting: 'retention.ms',
      found: '60000',
      wanted: '86400000',
    });
  });

  it('may be deleted and made again under a reader, which begins anew', async () => {
    const world = await kafkaWorld(address);
    onTestFinished(() => world[Symbol.asyncDispose]());
    const log = await world.open();
    await log.publish('again', numbered('a', 1, 9));
    let stored = 0;
    let replaced = 0;
    const reader = await startReader(log, {
      from: async () => (stored === 0 ? [] : [{ partition: 0, position: stored, eventId: 'x' }]),
      replaced: async () => {
        replaced += 1;
      },
      before: (records) => {
        stored = records.at(-1)?.position ?? stored;
      },
    });
    await reader.has(9);
    const admin = await administrator();
    await admin.deleteTopics({ topics: [`${world.prefix}cityloop.again.v1`] });
    await until(async () => {
      await log.ensureTopics();
      return true;
    }, 'the topic to be made again');
    await log.publish('again', numbered('b', 1, 3));
    await reader.has(12);
    expect(reader.bodies().slice(9)).toEqual(numbered('b', 1, 3).map(({ body }) => body));
    expect(replaced).toBe(1);
    await until(async () => (await reader.subscription.lag()) === 0, 'no lag');
  }, 60_000);

  it('take no record that no broker would', async () => {
    const body = 'x'.repeat(2 * 1_048_576);
    await expect(logAt('large').publish('again', [{ key: 'k', body }])).rejects.toMatchObject({
      code: 'LOG_RECORD_TOO_LARGE',
    });
  });
});
