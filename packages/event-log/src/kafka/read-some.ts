import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { LogRecord, Position } from '../event-log.ts';
import { kafkaRecord } from './kafka-record.ts';
import { startSession } from './session.ts';
import type { TopicPlan } from './topics.ts';
import type { Desk } from './watermarks.ts';

const PATIENCE_MS = 10_000;
const RETRY_MS = 300;

export type ReadSome = {
  readonly plan: TopicPlan;
  readonly prefix: string;
  readonly desk: Desk;
  client(): Kafka;
};

/**
 * Records of one partition from a position on, at most `limit`, up to where the topic ends now. For
 * tools: it makes a consumer each time, which takes some tenths of a second. Tried again for ten seconds:
 * a broker that has just started knows of no groups yet.
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
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const failure = await readOnce(options, { partition: from.partition, first, wanted, records });
    if (failure === undefined) return records;
    if (performance.now() > deadline) {
      throw new Error(`${plan.name} could not be read: ${failure}`);
    }
    await after(RETRY_MS);
  }
}

type Reading = {
  readonly partition: number;
  readonly first: number;
  readonly wanted: number;
  /** What has been read of it; added to. */
  readonly records: LogRecord[];
};

/** Undefined when all that is wanted has been read, else why not. */
async function readOnce(
  options: ReadSome,
  { partition: of, first, wanted, records }: Reading,
): Promise<string | undefined> {
  const { plan } = options;
  const { promise: done, resolve } = Promise.withResolvers<undefined>();
  const session = startSession({
    kafka: options.client(),
    topic: plan.name,
    groupId: `${options.prefix}cityloop.read.${randomUUID()}`,
    alone: true,
    partitions: plan.partitions,
    gatherMs: 0,
    events: {
      settled: () => false,
      revoked: () => undefined,
      assigned(partitions, fetching) {
        for (const each of partitions) if (each !== of) fetching.pause(each);
        fetching.seek(of, first + records.length);
      },
      fetched(partition, at, messages) {
        if (partition !== of || at !== first + records.length) return false;
        for (const message of messages) {
          if (records.length < wanted) records.push(kafkaRecord(partition, message));
        }
        if (records.length >= wanted) resolve(undefined);
        return true;
      },
    },
  });
  try {
    return await Promise.race([done, session.ended]);
  } finally {
    await session.close();
  }
}
