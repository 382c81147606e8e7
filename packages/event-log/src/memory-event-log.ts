import type { IncidentEvent } from '@cityloop/contracts';
import type { EventLog, LogRecord, Publication, Subscription, Topic } from './event-log.ts';
import { readerLoop } from './reader-loop.ts';
import { freshRecord, storedRecord } from './record.ts';
import { Tail } from './tail.ts';

export type MemoryEventLog = EventLog & {
  /** Appends incident events as a store's commit would; returns the position of the first. */
  append(events: readonly IncidentEvent[], bodies: readonly string[]): number;
};

/** The log in memory, for rules tests and simulation. One reader a group, as everywhere. */
export function createMemoryEventLog(): MemoryEventLog {
  const topics = new Map<Topic, { records: LogRecord[]; tail: Tail; groups: Set<string> }>();
  const stopping = new AbortController();
  const subscriptions = new Set<Subscription>();

  function topicOf(topic: Topic) {
    const known = topics.get(topic);
    if (known !== undefined) return known;
    const records: LogRecord[] = [];
    const tail = new Tail(async (position, limit) =>
      records.slice(Math.max(0, position - 1), position - 1 + limit),
    );
    const made = { records, tail, groups: new Set<string>() };
    topics.set(topic, made);
    return made;
  }

  function put(topic: Topic, records: readonly LogRecord[]): void {
    const { records: all, tail } = topicOf(topic);
    const first = all.length + 1;
    all.push(...records);
    tail.announce(first, records);
  }

  return {
    append(events, bodies) {
      const first = topicOf('incidents').records.length + 1;
      put(
        'incidents',
        events.map((event, n) => freshRecord(first + n, event, Buffer.from(bodies[n] ?? ''))),
      );
      return first;
    },
    async publish(topic, published: readonly Publication[]) {
      const first = topicOf(topic).records.length + 1;
      put(
        topic,
        published.map((p, n) => storedRecord({ partition: 0, position: first + n }, p.key, p.body)),
      );
    },
    async subscribe(options) {
      const { records, tail, groups } = topicOf(options.topic);
      const subscription = readerLoop({
        ...options,
        tail,
        end: async () => records.length + 1,
        at: async (position) => records[position - 1],
        async exclusively(group, work) {
          if (groups.has(group)) return false;
          groups.add(group);
          try {
            await work(new AbortController().signal);
            return true;
          } finally {
            groups.delete(group);
          }
        },
        stopping: stopping.signal,
      });
      subscriptions.add(subscription);
      return subscription;
    },
    async read(topic, from, limit) {
      const { records } = topicOf(topic);
      return records.slice(Math.max(0, from.position - 1), from.position - 1 + limit);
    },
    async ends(topic) {
      return [{ partition: 0, position: topicOf(topic).records.length + 1, first: 1 }];
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all([...subscriptions].map((s) => s[Symbol.asyncDispose]()));
    },
  };
}
