import type { Admin, Kafka } from 'kafkajs';
import { atMost } from './client.ts';
import { positionOf } from './kafka-record.ts';

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

const CLOSE_MS = 1_000;

export function openDesk(kafka: Kafka): Desk {
  let current: Promise<Admin> | undefined;
  const recent = new Map<string, { readonly askedMs: number; readonly ranges: Promise<Ranges> }>();

  async function connect(): Promise<Admin> {
    const admin = kafka.admin();
    await admin.connect();
    return admin;
  }

  async function close(): Promise<void> {
    const admin = await current?.catch(() => undefined);
    current = undefined;
    if (admin !== undefined) await atMost(CLOSE_MS, admin.disconnect());
  }

  async function ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    current ??= connect();
    const mine = current;
    try {
      return await question(await mine);
    } catch (error) {
      // It does not always find back by itself.
      if (current === mine) close().catch(() => undefined);
      throw error;
    }
  }

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
