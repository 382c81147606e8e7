import type { KafkaEventLog } from '@cityloop/event-log';
import { InvalidInput } from '@cityloop/kernel';
import { createLogger, createMetrics, type Environment, loadConfig } from '@cityloop/runtime';
import { ensureTopics, kafkaFrom, kafkaSettings } from '@cityloop/service';
import { z } from 'zod';

/** The log in Kafka for a command of operators, by the settings of the services; undefined where they name none. */
export async function openKafka(env: Environment): Promise<KafkaEventLog | undefined> {
  const settings = loadConfig(z.object(kafkaSettings), env);
  const logger = createLogger({ name: 'tool', level: 'error', destination: process.stderr });
  const metrics = createMetrics({ processMetrics: false });
  const log = kafkaFrom(settings, { clientId: 'cityloop-tool', logger, metrics });
  if (log === undefined) return undefined;
  try {
    await ensureTopics(log, logger);
    return log;
  } catch (error) {
    await log[Symbol.asyncDispose]();
    throw error;
  }
}

/** The same for commands that make no sense without. Throws `InvalidInput` `KAFKA_BROKERS_MISSING`. */
export async function requireKafka(env: Environment): Promise<KafkaEventLog> {
  const log = await openKafka(env);
  if (log !== undefined) return log;
  throw new InvalidInput('KAFKA_BROKERS_MISSING', 'say where Kafka is: KAFKA_BROKERS=host:port');
}
