import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { atMost } from './client.ts';
import { offsetOf, positionOf } from './kafka-record.ts';
import { numberAskedFor } from './number-asked-for.ts';

/** What one consumer of kafkajs tells of its life. */
export type SessionEvents = {
  /** These partitions and no others are this consumer's from now on; nothing of them comes before. */
  assigned(partitions: readonly number[], fetching: Fetching): void;
  /** The partitions are about to be shared out anew. */
  revoked(): void;
  /** What was fetched from a position on; false when it could not be used and may come again. */
  fetched(
    partition: number,
    from: number,
    messages: readonly KafkaMessage[],
  ): boolean | Promise<boolean>;
  /** Whether nothing is to be sought or resumed soon: a fetch may wait longer for records then. */
  settled(): boolean;
};

export type Fetching = {
  /** What comes next from the partition is the record at this position. */
  seek(partition: number, position: number): void;
  pause(partition: number): void;
  resume(partition: number): void;
};

/** One consumer of kafkajs, from its making to its end. */
export type Session = {
  /** Resolves with the reason when it is of no use any more; it is still to be closed. */
  readonly ended: Promise<string>;
  /** Milliseconds since it last got an answer from the broker. */
  silentMs(): number;
  /** Whether it ever fetched as a member of its group: before, its silence says nothing. */
  readonly fetched: boolean;
  /** Tells the group how far we are, for tools to see; nothing of ours reads it. Never rejects. */
  commit(handled: ReadonlyMap<number, number>): Promise<void>;
  /** Leaves the group, in a few seconds at most: a broker that does not answer finds out by itself. */
  close(): Promise<void>;
};

export type SessionOptions = {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  /** The group has no other member ever: nobody waits for this one to notice who comes and goes. */
  readonly alone: boolean;
  readonly partitions: number;
  /** See `Subscribe`. */
  readonly gatherMs: number;
  readonly events: SessionEvents;
};

const SESSION_MS = 30_000;
/** How long those who do not answer hold up a group that is shared out anew. */
const REBALANCE_MS = 6_000;
/** Also how late a member hears that its group is shared out anew. */
const HEARTBEAT_MS = { shared: 1_000, alone: 4_000 } as const;
/**
 * How long a fetch waits for records, which end the wait: what it takes to find none is most of what an
 * idle system costs. Also how long a new place to read from may go unheeded, and an orderly end held up.
 */
const FETCH_WAIT_MS = { unsettled: 300, shared: 600, alone: 2_000 } as const;
/** Who has just been given records is likely to be given more. */
const BUSY_MS = 40;
/** As much comes at once however short the time was, bytes. */
const GATHER_BYTES = 128 * 1_024;
const FETCH_BYTES_A_PARTITION = 256 * 1_024;
const SILENT_MAX_MS = 20_000;
const WATCH_MS = 1_000;
const STOPPED_MS = 500;
const CLOSE_MS = { shared: 3_000, alone: 300 } as const;

export function startSession(options: SessionOptions): Session {
  const { kafka, topic, groupId, events, gatherMs } = options;
  const kind = options.alone ? 'alone' : 'shared';
  let fetchedMs = Number.NEGATIVE_INFINITY;
  // One fetch a record would cost more than all that is done about it.
  const gathers = (): boolean =>
    gatherMs > 0 && events.settled() && performance.now() - fetchedMs < BUSY_MS + gatherMs;
  const consumer = kafka.consumer({
    groupId,
    // As the client has it: a consumer takes other defaults unless something is said here.
    retry: {},
    sessionTimeout: SESSION_MS,
    rebalanceTimeout: REBALANCE_MS,
    heartbeatInterval: HEARTBEAT_MS[kind],
    maxWaitTimeInMs: numberAskedFor(() =>
      gathers() ? gatherMs : FETCH_WAIT_MS[events.settled() ? kind : 'unsettled'],
    ),
    minBytes: numberAskedFor(() => (gathers() ? GATHER_BYTES : 1)),
    maxBytesPerPartition: FETCH_BYTES_A_PARTITION,
    allowAutoTopicCreation: false,
    readUncommitted: false,
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const life = watch(consumer, 3 * HEARTBEAT_MS[kind], end);
  const fetching = fetchingOf(consumer, topic);
  let commit: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;

  consumer.on(consumer.events.REBALANCING, () => events.revoked());
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    events.assigned(payload.memberAssignment[topic] ?? [], fetching);
  });

  async function run(): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: options.partitions,
      // Only puts records aside: what is thrown in here can end the consumer for good.
      async eachBatch({ batch, resolveOffset, commitOffsetsIfNecessary }) {
        commit = commitOffsetsIfNecessary;
        fetchedMs = performance.now();
        const { fetchedOffset } = batch as typeof batch & { readonly fetchedOffset: string };
        const last = batch.messages.at(-1);
        if (last === undefined) return;
        if (await events.fetched(batch.partition, positionOf(fetchedOffset), batch.messages))
          resolveOffset(last.offset);
      },
    });
  }

  run().catch((error: unknown) => end(String(error)));
  return {
    ended,
    silentMs: life.silentMs,
    get fetched() {
      return life.fetched();
    },
    async commit(handled) {
      if (handled.size === 0) return;
      const partitions = [...handled].map(([partition, position]) => ({
        partition,
        offset: offsetOf(position),
      }));
      await commit?.({ topics: [{ topic, partitions }] }).catch(() => undefined);
    },
    async close() {
      life.stop();
      // Whom nobody waits for may leave behind our back, when the fetch under way has ended.
      await atMost(CLOSE_MS[kind], consumer.disconnect());
    },
  };
}

function fetchingOf(consumer: Consumer, topic: string): Fetching {
  return {
    seek: (partition, position) => consumer.seek({ topic, partition, offset: offsetOf(position) }),
    pause: (partition) => consumer.pause([{ topic, partitions: [partition] }]),
    resume: (partition) => consumer.resume([{ topic, partitions: [partition] }]),
  };
}

/** Ends a consumer that crashed, stopped, or has not been heard of for too long. */
function watch(consumer: Consumer, heartsMs: number, end: (reason: string) => void) {
  const { CRASH, STOP, DISCONNECT, HEARTBEAT, GROUP_JOIN, FETCH } = consumer.events;
  let heartMs = performance.now();
  let fetchMs = heartMs;
  let fetched = false;
  consumer.on(CRASH, ({ payload }) => end(String(payload.error)));
  for (const event of [STOP, DISCONNECT] as const) {
    // A crash comes with both, and says why a moment later.
    consumer.on(event, () => {
      setTimeout(() => end('it stopped by itself'), STOPPED_MS).unref();
    });
  }
  for (const event of [HEARTBEAT, GROUP_JOIN] as const) {
    consumer.on(event, () => {
      heartMs = performance.now();
    });
  }
  consumer.on(FETCH, () => {
    fetchMs = performance.now();
    fetched = true;
  });
  const silentMs = () => performance.now() - Math.min(heartMs + heartsMs, fetchMs);
  const timer = setInterval(() => {
    if (silentMs() > SILENT_MAX_MS) end(`nothing was heard of it for ${SILENT_MAX_MS / 1_000} s`);
  }, WATCH_MS);
  return {
    silentMs: () => Math.max(0, silentMs()),
    fetched: () => fetched,
    stop: () => clearInterval(timer),
  };
}
