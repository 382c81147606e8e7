import { InvalidInput, Unavailable } from '@cityloop/kernel';
import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import type { Publication, Topic } from '../event-log.ts';
import { pause } from '../pause.ts';
import { atMost } from './client.ts';
import type { KafkaLogger } from './options.ts';
import { type SharedClient, sharedClient } from './shared-client.ts';
import { MESSAGE_BYTES_MAX, type TopicPlan } from './topics.ts';

/** Grouping costs kafkajs the square of a batch. */
const SEND_MAX = 500;
const SEND_BYTES_MAX = 900_000;
/** Of a record beside key and value. */
const OVERHEAD_BYTES = 200;
const ACK_MS = 30_000;
/** With connecting and looking for the leaders. */
const SEND_MS = 45_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2_000;
/** What lies ready is given so long at the end. */
const LAST_SEND_MS = 5_000;

type Waiting = { readonly message: Message; readonly bytes: number; readonly acked?: () => void };

export type Publisher = AsyncDisposable & {
  publish(topic: Topic, records: readonly Publication[]): Promise<void>;
};

export type PublisherOptions = {
  readonly kafka: Kafka;
  plan(topic: Topic): TopicPlan;
  readonly logger: KafkaLogger;
  resent(topic: Topic): void;
};

/**
 * Sends each topic's records one request at a time, in the order they came: what comes while one is
 * under way goes with the next. A send that fails is made again with the same records in the same order
 * until it is acknowledged by all in-sync replicas; so records may be there twice, and never out of order.
 */
export function kafkaPublisher(options: PublisherOptions): Publisher {
  const stopping = new AbortController();
  const connection = sharedClient(() => producerOf(options.kafka), SEND_MS);
  const lines = new Map<Topic, Line>();

  return {
    async publish(topic, records) {
      if (records.length === 0) return;
      if (stopping.signal.aborted) throw closed();
      const plan = options.plan(topic);
      const waiting = records.map((record) => waitingOf(record, plan));
      const known = lines.get(topic);
      const line =
        known ?? new Line({ ...options, topic, plan, connection, stopped: stopping.signal });
      if (known === undefined) lines.set(topic, line);
      await line.send(waiting);
    },
    async [Symbol.asyncDispose]() {
      await atMost(LAST_SEND_MS, Promise.all([...lines.values()].map((line) => line.empty())));
      stopping.abort();
      await connection.close();
    },
  };
}

const closed = () =>
  new Unavailable('LOG_CLOSED', 'the event log is closed: nothing is taken any more');

function waitingOf({ key, body }: Publication, plan: TopicPlan): Waiting {
  const value = Buffer.from(body);
  const bytes = value.byteLength + Buffer.byteLength(key) + OVERHEAD_BYTES;
  if (bytes > MESSAGE_BYTES_MAX)
    throw new InvalidInput(
      'LOG_RECORD_TOO_LARGE',
      `a record of ${bytes} bytes does not fit into ${plan.name}: ${MESSAGE_BYTES_MAX} is the most`,
    );
  return { message: { key, value, headers: plan.headers }, bytes };
}

function producerOf(kafka: Kafka): Producer {
  return kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    // Tried again by us, as a whole: within a send kafkajs forgets records whose leader moved.
    retry: { retries: 0 },
  });
}

type LineOptions = Pick<PublisherOptions, 'logger' | 'resent'> & {
  readonly topic: Topic;
  readonly plan: TopicPlan;
  readonly connection: SharedClient<Producer>;
  readonly stopped: AbortSignal;
};

/** The records of one topic that wait for their turn. */
class Line {
  readonly #options: LineOptions;
  #waiting: Waiting[] = [];
  #sending: Promise<void> | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  send(records: readonly Waiting[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const last = records.at(-1);
    if (last === undefined) return Promise.resolve();
    for (const each of records) {
      this.#waiting.push(each === last ? { ...each, acked: resolve } : each);
    }
    this.#sending ??= this.#sendAll();
    this.#sending.catch(reject);
    return promise;
  }

  async empty(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    // Calls of one moment go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#next();
      await this.#sendOnce(batch);
      for (const { acked } of batch) acked?.();
    }
    // At once, not when somebody hears of the end: what comes next has to begin anew.
    this.#sending = undefined;
  }

  #next(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const each of this.#waiting) {
      bytes += each.bytes;
      if (count === SEND_MAX || (count > 0 && bytes > SEND_BYTES_MAX)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #sendOnce(batch: readonly Waiting[]): Promise<void> {
    const { connection, logger, plan, stopped, topic } = this.#options;
    const messages = batch.map(({ message }) => message);
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      if (stopped.aborted) throw closed();
      try {
        const topicMessages = [{ topic: plan.name, messages }];
        await connection.use((producer) =>
          producer.sendBatch({ acks: -1, timeout: ACK_MS, topicMessages }),
        );
        return;
      } catch (error) {
        logger.warn({ topic, records: batch.length, error: String(error) }, 'a send is made again');
        this.#options.resent(topic);
        await pause(waitMs, stopped);
      }
    }
  }
}
