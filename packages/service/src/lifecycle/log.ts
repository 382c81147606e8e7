import {
  type KafkaEventLog,
  type KafkaOptions,
  kafkaEventLog,
  refuseOtherLog,
} from '@cityloop/event-log';
import { CityLoopError, Unavailable } from '@cityloop/kernel';
import type { Database } from '@cityloop/postgres';
import type { Logger, Metrics } from '@cityloop/runtime';
import { z } from 'zod';

/** Where the log stands, if not in the database. */
export const logSettings = {
  KAFKA_BROKERS: z
    .string()
    .transform((list) => list.split(',').map((one) => one.trim()))
    .pipe(z.array(z.string().regex(/^[^:/\s]+:\d+$/, 'expected host:port, separated by commas')))
    .optional()
    .meta({
      description:
        'Kafka brokers that carry the log, host:port by commas; without them it stands in the database.',
    }),
  KAFKA_REPLICATION: z.coerce.number().int().min(1).max(9).optional().meta({
    description: 'Copies of each record; as many as there are brokers, at most 3, unless given.',
  }),
  KAFKA_PREFIX: z
    .string()
    .regex(/^[\w.-]*$/)
    .optional()
    .meta({
      description: 'Put before the names of topics and groups: several systems on one Kafka.',
    }),
  KAFKA_TLS: z.enum(['on', 'off']).default('off').meta({
    description: 'TLS to the brokers; NODE_EXTRA_CA_CERTS names authorities of your own.',
  }),
  KAFKA_SASL: z.enum(['plain', 'scram-sha-512']).optional().meta({
    description: 'How the brokers know us; needs KAFKA_USERNAME and KAFKA_PASSWORD.',
  }),
  KAFKA_USERNAME: z.string().min(1).optional().meta({ description: 'Who we are there.' }),
  KAFKA_PASSWORD: z.string().min(1).optional().meta({
    description: 'And our password.',
    secret: true,
  }),
};
export type LogSettings = z.infer<z.ZodObject<typeof logSettings>>;

/**
 * Opens the log in Kafka and makes its topics; undefined when no brokers are set.
 *
 * @throws Unavailable `LOG_UNAVAILABLE` when no broker answers; InvalidInput when a topic cannot be used, or
 * the database's services have another log
 */
export async function openLog(
  settings: LogSettings,
  name: string,
  db: Database,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
): Promise<KafkaEventLog | undefined> {
  const { KAFKA_BROKERS: brokers } = settings;
  await refuseOtherLog(db, brokers === undefined ? 'shared' : 'elsewhere');
  if (brokers === undefined) return undefined;
  const log = kafkaEventLog({
    ...optionsOf(settings, brokers),
    clientId: `cityloop-${name}`,
    logger,
    observe: observer(metrics),
  });
  try {
    await log.ensureTopics();
    return log;
  } catch (cause) {
    await log[Symbol.asyncDispose]();
    if (cause instanceof CityLoopError) throw cause;
    throw new Unavailable('LOG_UNAVAILABLE', 'Kafka does not answer', {}, { cause });
  }
}

function optionsOf(
  settings: LogSettings,
  brokers: readonly string[],
): Omit<KafkaOptions, 'clientId'> {
  const { KAFKA_SASL: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = settings;
  return {
    brokers,
    ...(settings.KAFKA_PREFIX === undefined ? {} : { prefix: settings.KAFKA_PREFIX }),
    ...(settings.KAFKA_REPLICATION === undefined
      ? {}
      : { replication: settings.KAFKA_REPLICATION }),
    ...(settings.KAFKA_TLS === 'on' ? { tls: true } : {}),
    ...(mechanism === undefined
      ? {}
      : { sasl: { mechanism, username: username ?? '', password: password ?? '' } }),
  };
}

function observer(metrics: Metrics): NonNullable<KafkaOptions['observe']> {
  const rebuilt = metrics.counter({
    name: 'log_consumers_rebuilt_total',
    help: 'Consumers of the log that were given up and made anew.',
    labels: ['topic', 'group'],
  });
  const resent = metrics.counter({
    name: 'log_resent_total',
    help: 'Sends to the log that failed and were made again.',
    labels: ['topic'],
  });
  return {
    rebuilt: (topic, group = 'alone') => rebuilt.inc({ topic, group }),
    resent: (topic) => resent.inc({ topic }),
  };
}
