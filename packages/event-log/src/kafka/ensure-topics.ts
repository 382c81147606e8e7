import { setTimeout as after } from 'node:timers/promises';
import { InvalidInput, Unavailable } from '@cityloop/kernel';
import kafkajs, { type Admin } from 'kafkajs';
import type { KafkaLogger } from './options.ts';
import { MESSAGE_BYTES_MAX, type TopicPlan } from './topics.ts';

const COPIES_MAX = 3;
const IN_SYNC_OF_MANY = 2;
const KNOWN_MS = 10_000;
const KNOWN_POLL_MS = 50;

type Settings = Readonly<Record<string, string>>;

/** What a topic that is there has otherwise than it should; it works all the same. */
export type TopicDifference = {
  readonly topic: string;
  readonly setting: string;
  readonly found: string;
  readonly wanted: string;
};

const settingsOf = (plan: TopicPlan, copies: number): Settings => ({
  'cleanup.policy': 'delete',
  'retention.ms': String(plan.retentionMs),
  'max.message.bytes': String(MESSAGE_BYTES_MAX),
  'min.insync.replicas': String(copies >= COPIES_MAX ? IN_SYNC_OF_MANY : 1),
});

/**
 * Makes the topics that are missing and looks at the others. One with another number of partitions is
 * refused with `InvalidInput` `LOG_TOPIC_PARTITIONS`: keys would change their partition and lose their
 * order. Other differences are told and left alone: who set them may have had a reason, and less
 * retention, once given, has deleted what it deleted.
 */
export async function ensureTopics(
  admin: Admin,
  plans: readonly TopicPlan[],
  replication: number | undefined,
  logger: KafkaLogger,
): Promise<readonly TopicDifference[]> {
  const copies =
    replication ?? Math.min(COPIES_MAX, (await admin.describeCluster()).brokers.length);
  const there = new Set(await admin.listTopics());
  for (const plan of plans) if (!there.has(plan.name)) await create(admin, plan, copies);
  const differences = await onceKnown(() => inspect(admin, plans, copies));
  for (const each of differences) logger.warn(each, 'a topic is not set up as it should be');
  return differences;
}

/** A topic just made is not known to every broker at once, and has no leaders at first. */
async function onceKnown<T>(look: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + KNOWN_MS;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (error instanceof InvalidInput || performance.now() > deadline) throw error;
      await after(KNOWN_POLL_MS);
    }
  }
}

async function inspect(
  admin: Admin,
  plans: readonly TopicPlan[],
  copies: number,
): Promise<readonly TopicDifference[]> {
  const names = plans.map(({ name }) => name);
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const differences: TopicDifference[] = [];
  for (const plan of plans) {
    const partitions = topics.find(({ name }) => name === plan.name)?.partitions ?? [];
    if (partitions.length !== plan.partitions) throw wrongPartitions(plan, partitions.length);
    if (partitions.some(({ leader }) => leader < 0))
      throw new Unavailable('LOG_UNAVAILABLE', `partitions of ${plan.name} have no leader`);
    const found = Math.min(...partitions.map(({ replicas }) => replicas.length));
    if (found < copies) differences.push(difference(plan, 'replication factor', found, copies));
    differences.push(...(await compareSettings(admin, plan, settingsOf(plan, copies))));
  }
  return differences;
}

async function create(admin: Admin, plan: TopicPlan, copies: number): Promise<void> {
  const settings = Object.entries(settingsOf(plan, copies));
  await admin.createTopics({
    // It takes a topic that other brokers have not heard of yet for a failure; we ask again ourselves.
    waitForLeaders: false,
    topics: [
      {
        topic: plan.name,
        numPartitions: plan.partitions,
        replicationFactor: copies,
        configEntries: settings.map(([name, value]) => ({ name, value })),
      },
    ],
  });
}

async function compareSettings(
  admin: Admin,
  plan: TopicPlan,
  wanted: Settings,
): Promise<readonly TopicDifference[]> {
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: plan.name };
  const names = Object.keys(wanted);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ ...resource, configNames: names }],
  });
  const found = new Map(
    resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
  );
  return names.flatMap((name) =>
    found.get(name) === wanted[name]
      ? []
      : [difference(plan, name, found.get(name) ?? 'nothing', wanted[name] ?? '')],
  );
}

const difference = (
  { name }: TopicPlan,
  setting: string,
  found: string | number,
  wanted: string | number,
): TopicDifference => ({ topic: name, setting, found: String(found), wanted: String(wanted) });

function wrongPartitions({ name, partitions }: TopicPlan, found: number): InvalidInput {
  return new InvalidInput(
    'LOG_TOPIC_PARTITIONS',
    `Kafka 主题 ${name} 有 ${found} 个分区，应为 ${partitions} 个 · the Kafka topic ${name} has ${found} partitions and has to have ${partitions}, for ever: delete it and start again, then fill it with "npm run log -- refill"`,
    { topic: name, found, wanted: partitions },
  );
}
