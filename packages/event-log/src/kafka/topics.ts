import type { Topic } from '../event-log.ts';

/** What a topic has to be like. */
export type TopicPlan = {
  readonly name: string;
  /** For ever: another number would send a key elsewhere, and break its order. */
  readonly partitions: number;
  /** -1: for ever. */
  readonly retentionMs: number;
  readonly headers: Readonly<Record<string, string>>;
};

const DAY_MS = 24 * 3_600_000;
const FOR_EVER = -1;
const EVENTS = { 'content-type': 'application/cloudevents+json' };

const plans: Readonly<Record<Topic, TopicPlan>> = {
  incidents: {
    name: 'cityloop.incidents.v1',
    partitions: 12,
    retentionMs: 30 * DAY_MS,
    headers: EVENTS,
  },
  policy: { name: 'cityloop.policy.v1', partitions: 1, retentionMs: FOR_EVER, headers: {} },
  again: { name: 'cityloop.again.v1', partitions: 1, retentionMs: DAY_MS, headers: {} },
};

export function topicPlan(topic: Topic, prefix: string): TopicPlan {
  return { ...plans[topic], name: prefix + plans[topic].name };
}

/** The largest record and the largest batch a broker takes, bytes. */
export const MESSAGE_BYTES_MAX = 2 * 1_048_576;
