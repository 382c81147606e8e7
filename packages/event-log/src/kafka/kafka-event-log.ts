import { randomUUID } from 'node:crypto';
import { Unavailable } from '@cityloop/kernel';
import { type EventLog, type Subscription, type Topic, topics } from '../event-log.ts';
import { kafkaClient } from './client.ts';
import { ensureTopics, type TopicDifference } from './ensure-topics.ts';
import { type KafkaOptions, silentLogger } from './options.ts';
import { kafkaPublisher } from './publisher.ts';
import { readSome } from './read-some.ts';
import { kafkaSubscription } from './subscription.ts';
import { topicPlan } from './topics.ts';
import { openDesk } from './watermarks.ts';

export type KafkaEventLog = EventLog & {
  /**
   * Makes the topics that are missing and answers what the others have otherwise than they should; to
   * be called before anything is published. Rejects with `InvalidInput` `LOG_TOPIC_PARTITIONS` for a
   * topic that cannot be used, and with whatever kept it from asking the brokers.
   */
  ensureTopics(): Promise<readonly TopicDifference[]>;
  /** Rejects with `Unavailable` `LOG_UNAVAILABLE` when no broker answers for the topics, in 10 s. */
  check(): Promise<void>;
};

const PUBLISH_REQUEST_MS = 30_000;
const READ_REQUEST_MS = 15_000;
const ASK_REQUEST_MS = 5_000;
/** A consumer that outlives its broker's restart is known to the group again at once. */
const READ_RETRIES = 16;
const ASK_RETRIES = 1;

/**
 * The log in Kafka. A position is the offset plus one; a group of ours is one of Kafka's for each topic,
 * `cityloop.<group>.<topic>`. Nothing is connected before it is needed, and whatever breaks is made anew.
 */
export function kafkaEventLog(options: KafkaOptions): KafkaEventLog {
  const prefix = options.prefix ?? '';
  const logger = options.logger ?? silentLogger;
  const plan = (topic: Topic) => topicPlan(topic, prefix);
  const readClient = () => kafkaClient(options, READ_REQUEST_MS, READ_RETRIES);
  const desk = openDesk(kafkaClient(options, ASK_REQUEST_MS, ASK_RETRIES));
  const publisher = kafkaPublisher({
    kafka: kafkaClient(options, PUBLISH_REQUEST_MS, 0),
    plan,
    logger,
    resent: (topic) => options.observe?.resent?.(topic),
  });
  const subscriptions = new Set<Subscription>();
  const groupOf = (topic: Topic, group: string | undefined) =>
    `${prefix}cityloop.${group ?? `alone-${randomUUID()}`}.${topic}`;

  return {
    publish: (topic, records) => publisher.publish(topic, records),
    async subscribe(wanted) {
      const { topic, group } = wanted;
      const subscription = kafkaSubscription({
        ...wanted,
        plan: plan(topic),
        groupId: groupOf(topic, group),
        client: readClient,
        desk,
        logger,
        rebuilt: (reason) => options.observe?.rebuilt?.(topic, group, reason),
      });
      subscriptions.add(subscription);
      return subscription;
    },
    read: (topic, from, limit) =>
      readSome({ plan: plan(topic), prefix, desk, client: readClient }, from, limit),
    async ends(topic) {
      const ranges = [...(await desk.ranges(plan(topic).name))];
      return ranges
        .map(([partition, { low, high }]) => ({ partition, position: high, first: low }))
        .toSorted((a, b) => a.partition - b.partition);
    },
    ensureTopics: () =>
      desk.ask((admin) =>
        ensureTopics(admin, Object.values(topics).map(plan), options.replication, logger),
      ),
    async check() {
      try {
        for (const topic of Object.values(topics)) await desk.recentRanges(plan(topic).name, 1_000);
      } catch (cause) {
        throw new Unavailable('LOG_UNAVAILABLE', 'Kafka does not answer', {}, { cause });
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...subscriptions].map((each) => each[Symbol.asyncDispose]()));
      await publisher[Symbol.asyncDispose]();
      await desk[Symbol.asyncDispose]();
    },
  };
}
