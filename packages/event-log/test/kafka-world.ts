import { randomUUID } from 'node:crypto';
import { type KafkaEventLog, type KafkaOptions, kafkaEventLog } from '../src/index.ts';
import type { LogWorld } from '../src/testing/index.ts';

/** An empty log in Kafka: topics of its own; every `open` has connections of its own. */
export type KafkaWorld = Omit<LogWorld, 'open'> &
  AsyncDisposable & {
    readonly prefix: string;
    open(options?: Partial<KafkaOptions>): Promise<KafkaEventLog>;
  };

export async function kafkaWorld(
  brokers: string,
  prefix = `t${randomUUID().slice(0, 8)}.`,
): Promise<KafkaWorld> {
  const logs: KafkaEventLog[] = [];
  const open = async (options: Partial<KafkaOptions> = {}) => {
    const clientId = `process-${logs.length + 1}`;
    const log = kafkaEventLog({ brokers: brokers.split(','), clientId, prefix, ...options });
    logs.push(log);
    return log;
  };
  await (await open()).ensureTopics();
  return {
    prefix,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(logs.map((log) => log[Symbol.asyncDispose]()));
    },
  };
}
