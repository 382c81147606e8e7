import kafkajs, { type Kafka, type KafkaConfig, type SASLOptions } from 'kafkajs';
import { type KafkaLogger, type KafkaOptions, silentLogger } from './options.ts';
import { guardRequestQueue } from './request-queue-guard.ts';

export const CONNECT_MS = 3_000;

/**
 * One client of kafkajs. Each consumer gets one of its own: what a client remembers of committed
 * offsets is shared by all its consumers of a group, the discarded ones too.
 */
export function kafkaClient(options: KafkaOptions, requestMs: number, retries: number): Kafka {
  guardRequestQueue();
  const config: KafkaConfig = {
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: CONNECT_MS,
    requestTimeout: requestMs,
    // Said in full: kafkajs takes other defaults where NODE_ENV is "test".
    retry: {
      retries,
      initialRetryTime: 100,
      maxRetryTime: 1_000,
      factor: 0.2,
      multiplier: 2,
      // Who makes consumers anew is our supervisor, and nobody else.
      restartOnFailure: async () => false,
    },
    logLevel: kafkajs.logLevel.WARN,
    ...(options.tls === undefined ? {} : { ssl: options.tls }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl as SASLOptions }),
    logCreator: () => logTo(options.logger ?? silentLogger),
  };
  return new kafkajs.Kafka(config);
}

type Entry = { readonly level: number; readonly namespace: string; readonly log: object };

/** While a broker is away these repeat themselves all the time; what it means for us we say ourselves. */
const NOISY = new Set(['Connection', 'BrokerPool']);

/** Its errors are mostly what it tries again; what it warns of is the ordinary life of a group. */
function logTo(logger: KafkaLogger): (entry: Entry) => void {
  return ({ level, namespace, log }) => {
    const {
      message,
      timestamp: _,
      stack: __,
      logger: ___,
      ...rest
    } = log as Record<string, unknown>;
    const loud = level === kafkajs.logLevel.ERROR && !NOISY.has(namespace);
    logger[loud ? 'warn' : 'debug']({ ...rest, kafkajs: namespace }, String(message));
  };
}

/** Waits for `work`, at most so long, whatever becomes of it. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  const done = work.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([done, late]);
  clearTimeout(timer);
  return inTime;
}
