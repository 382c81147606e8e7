import type { EventLog, Stored, Topic } from './event-log.ts';

/** How often it is asked whether what is waited for is still to come, ms. */
const LOOK_MS = 5_000;

/** What is still to be read until a topic's ends of now are reached. */
export type ToTheEnds = Disposable & {
  /** Nothing is: there is nothing to wait for. */
  readonly through: boolean;
  /** The last position that is to be read of a partition; undefined when nothing is. */
  last(partition: number): number | undefined;
  /** All up to this position has been read. */
  reached(partition: number, position: number): void;
  /** Resolves when nothing is to be read any more; rejects when it cannot be found out, or was given up. */
  readonly done: Promise<void>;
  giveUp(error: unknown): void;
};

/**
 * Where the partitions of a topic end, beyond what has been read of them. Records that have expired, or go
 * while they are waited for, are not waited for.
 */
export async function toTheEnds(
  log: Pick<EventLog, 'ends'>,
  topic: Topic,
  read: readonly Pick<Stored, 'partition' | 'position'>[] = [],
): Promise<ToTheEnds> {
  const open = new Map<number, number>();
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  done.catch(() => undefined); // told to whoever waits for it
  for (const { partition, position, first } of await log.ends(topic)) {
    if (position > first) open.set(partition, position - 1);
  }

  function reached(partition: number, position: number): void {
    if (position >= (open.get(partition) ?? Number.POSITIVE_INFINITY)) open.delete(partition);
    if (open.size === 0) resolve();
  }

  async function look(): Promise<void> {
    for (const { partition, first } of await log.ends(topic)) reached(partition, first - 1);
  }

  for (const { partition, position } of read) reached(partition, position);
  if (open.size === 0) resolve();
  // Who does not answer now is asked again.
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_MS);
  return {
    get through() {
      return open.size === 0;
    },
    last: (partition) => open.get(partition),
    reached,
    done,
    giveUp: reject,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
