import type { Admin, Kafka } from 'kafkajs';
import { positionOf } from './kafka-record.ts';
import { sharedClient } from './shared-client.ts';

/** From the earliest record of a partition to where the next one will stand. */
export type Range = { readonly low: number; readonly high: number };
/** By partition. */
export type Ranges = ReadonlyMap<number, Range>;

/** The administrator's connection, made when needed and made anew after a failure. */
export type Desk = AsyncDisposable & {
  ask<T>(question: (admin: Admin) => Promise<T>): Promise<T>;
  ranges(topic: string): Promise<Ranges>;
  /** The same, at most so many ms old. */
  recentRanges(topic: string, maxAgeMs: number): Promise<Ranges>;
};

/** Longer than a request may take, twice. */
const ANSWER_MS = 11_000;

export function openDesk(kafka: Kafka): Desk {
  const { use: ask, close } = sharedClient(() => kafka.admin(), ANSWER_MS);
  const recent = new Map<string, { readonly askedMs: number; readonly ranges: Promise<Ranges> }>();

  const ranges = (topic: string): Promise<Ranges> =>
    ask(async (admin) => {
      const found = await admin.fetchTopicOffsets(topic);
      return new Map(
        found.map(({ partition, low, high }) => [
          partition,
          { low: positionOf(low), high: positionOf(high) },
        ]),
      );
    });

  return {
    ask,
    ranges,
    recentRanges(topic, maxAgeMs) {
      const known = recent.get(topic);
      if (known !== undefined && performance.now() - known.askedMs < maxAgeMs) return known.ranges;
      const asked = { askedMs: performance.now(), ranges: ranges(topic) };
      recent.set(topic, asked);
      return asked.ranges;
    },
    [Symbol.asyncDispose]: close,
  };
}
