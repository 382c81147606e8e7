import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { LogRecord, Position } from '../event-log.ts';
import { kafkaRecord } from './kafka-record.ts';
import { startSession } from './session.ts';
import type { TopicPlan } from './topics.ts';
import type { Desk } from './watermarks.ts';

export type ReadSome = {
  readonly plan: TopicPlan;
  readonly prefix: string;
  readonly desk: Desk;
  client(): Kafka;
};

/**
 * Records of one partition from a position on, at most `limit`, up to where the topic ends now. For
 * tools: it makes a consumer each time, which takes some tenths of a second.
 */
export async function readSome(
  options: ReadSome,
  from: Position,
  limit: number,
): Promise<readonly LogRecord[]> {
  const { plan } = options;
  const range = (await options.desk.ranges(plan.name)).get(from.partition);
  const first = Math.max(from.position, range?.low ?? 1);
  const wanted = Math.min(limit, (range?.high ?? 1) - first);
  if (wanted <= 0) return [];
  const records: LogRecord[] = [];
  const { promise: done, resolve } = Promise.withResolvers<undefined>();
  const session = startSession({
    kafka: options.client(),
    topic: plan.name,
    groupId: `${options.prefix}cityloop.read.${randomUUID()}`,
    alone: true,
    partitions: plan.partitions,
    events: {
      settled: () => false,
      revoked: () => undefined,
      assigned(partitions, fetching) {
        for (const each of partitions) if (each !== from.partition) fetching.pause(each);
        fetching.seek(from.partition, first + records.length);
      },
      fetched(partition, at, messages) {
        if (partition !== from.partition || at !== first + records.length) return false;
        for (const message of messages) {
          if (records.length < wanted) records.push(kafkaRecord(partition, message));
        }
        if (records.length >= wanted) resolve(undefined);
        return true;
      },
    },
  });
  try {
    const failure = await Promise.race([done, session.ended]);
    if (failure !== undefined) throw new Error(`${plan.name} could not be read: ${failure}`);
    return records;
  } finally {
    await session.close();
  }
}
