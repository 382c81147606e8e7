import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
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
    logLevel: logLevel.WARN,
    ...(options.tls === undefined ? {} : { ssl: options.tls }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl as SASLOptions }),
    logCreator: () => logTo(options.logger ?? silentLogger),
  };
  return new Kafka(config);
}

type Entry = { readonly level: logLevel; readonly namespace: string; readonly log: object };

/** Its errors are mostly what it tries again; what it warns of is mostly the life of a group. */
function logTo(logger: KafkaLogger): (entry: Entry) => void {
  return ({ level, namespace, log }) => {
    const { message, timestamp: _, stack: __, ...rest } = log as Record<string, unknown>;
    const fields = { ...rest, kafkajs: namespace };
    logger[level === logLevel.ERROR ? 'warn' : 'debug'](fields, String(message));
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
