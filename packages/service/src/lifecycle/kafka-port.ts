import { type KafkaEventLog, type KafkaOptions, kafkaEventLog } from '@cityloop/event-log';
import type { ReadyCheck } from '@cityloop/http';
import { CityLoopError, InvalidInput, Unavailable } from '@cityloop/kernel';
import type { Logger, Metrics } from '@cityloop/runtime';
import { z } from 'zod';
import { brokerList } from './addresses.ts';

/** How the log in Kafka is reached. */
export const kafkaSettings = {
  KAFKA_BROKERS: brokerList().optional().meta({
    description:
      'An Apache Kafka for the event log, host:port by commas; without it the log stands in the database.',
  }),
  KAFKA_REPLICATION: z.coerce.number().int().min(1).max(9).optional().meta({
    description: 'Copies of each record; as many as there are brokers, at most 3, unless given.',
  }),
  KAFKA_PREFIX: z
    .string()
    .regex(/^[\w.-]*$/, 'expected letters, digits, dots, dashes and underscores')
    .optional()
    .meta({
      description: 'Put before the names of topics and groups: several systems on one Kafka.',
    }),
  KAFKA_TLS: z.enum(['true', 'false']).default('false').meta({
    description: 'Whether its brokers are spoken to by TLS.',
  }),
  KAFKA_SASL: z.enum(['plain', 'scram-sha-512']).optional().meta({
    description: 'How we say to it who we are, with KAFKA_USERNAME and KAFKA_PASSWORD.',
  }),
  KAFKA_USERNAME: z.string().min(1).optional().meta({ description: 'See KAFKA_SASL.' }),
  KAFKA_PASSWORD: z.string().min(1).optional().meta({
    description: 'See KAFKA_SASL.',
    secret: true,
  }),
};
export type KafkaSettings = Readonly<z.infer<z.ZodObject<typeof kafkaSettings>>>;

/** How long the brokers may take to answer before they are said to be away, ms. */
const ANSWER_MS = 1_500;

/**
 * The log in Kafka, by the settings; undefined where they name none. Throws `InvalidInput`
 * `KAFKA_SASL_INCOMPLETE`.
 */
export function kafkaFrom(
  settings: KafkaSettings,
  given: { readonly clientId: string; readonly logger: Logger; readonly metrics: Metrics },
): KafkaEventLog | undefined {
  const { KAFKA_BROKERS: brokers, KAFKA_TLS: tls } = settings;
  if (brokers === undefined) return undefined;
  const { metrics, ...rest } = given;
  const { KAFKA_PREFIX: prefix, KAFKA_REPLICATION: replication } = settings;
  const sasl = credentialsIn(settings);
  return kafkaEventLog({
    ...rest,
    brokers: brokers.split(',').map((broker) => broker.trim()),
    observe: observedBy(metrics),
    ...(prefix === undefined ? {} : { prefix }),
    ...(replication === undefined ? {} : { replication }),
    ...(tls === 'true' ? { tls: true } : {}),
    ...(sasl === undefined ? {} : { sasl }),
  });
}

/** Makes and checks the topics. What the brokers say no to for now is `Unavailable` `LOG_UNAVAILABLE`. */
export async function ensureTopics(log: KafkaEventLog, logger: Logger): Promise<void> {
  try {
    for (const difference of await log.ensureTopics()) {
      logger.warn({ ...difference }, 'a topic is not as it should be');
    }
  } catch (cause) {
    if (cause instanceof CityLoopError) throw cause;
    throw new Unavailable('LOG_UNAVAILABLE', 'Kafka does not answer', {}, { cause });
  }
}

/** Without its brokers a service still takes commands, which are handed over later: degraded, not away. */
export function logCheck(log: KafkaEventLog): ReadyCheck {
  return {
    name: 'log',
    async check() {
      const late = Promise.withResolvers<'degraded'>();
      const timer = setTimeout(late.resolve, ANSWER_MS, 'degraded');
      const answered = log.check().then(
        () => undefined,
        () => 'degraded' as const,
      );
      const state = await Promise.race([answered, late.promise]);
      clearTimeout(timer);
      return state;
    },
  };
}

function credentialsIn(settings: KafkaSettings): KafkaOptions['sasl'] {
  const { KAFKA_SASL: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = settings;
  if (mechanism === undefined) return undefined;
  if (username !== undefined && password !== undefined) return { mechanism, username, password };
  throw new InvalidInput(
    'KAFKA_SASL_INCOMPLETE',
    'KAFKA_SASL needs KAFKA_USERNAME and KAFKA_PASSWORD',
  );
}

function observedBy(metrics: Metrics): NonNullable<KafkaOptions['observe']> {
  const rebuilt = metrics.counter({
    name: 'consumers_rebuilt_total',
    help: 'Consumers of the log that were given up and made anew.',
    labels: ['topic'],
  });
  const resent = metrics.counter({
    name: 'log_resent_total',
    help: 'Sends to the log that failed and were made again.',
    labels: ['topic'],
  });
  return {
    rebuilt: (topic) => rebuilt.inc({ topic }),
    resent: (topic) => resent.inc({ topic }),
  };
}
