import type { ConnectionOptions } from 'node:tls';
import type { Topic } from '../event-log.ts';

type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** What the adapter needs of a logger; a pino logger fits as it is. */
export type KafkaLogger = {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
};

/** How the brokers know us. */
export type KafkaCredentials = {
  readonly mechanism: 'plain' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
};

export type KafkaOptions = {
  /** `host:port` of some of the brokers. */
  readonly brokers: readonly string[];
  /** The name of this process in the logs of the broker. */
  readonly clientId: string;
  /** Put before the names of topics and groups: several systems, or tests, on one Kafka. */
  readonly prefix?: string;
  /** Copies of each record; as many as there are brokers, at most 3, unless given. */
  readonly replication?: number;
  /** `true` trusts the authorities Node trusts. */
  readonly tls?: true | Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;
  readonly sasl?: KafkaCredentials;
  readonly logger?: KafkaLogger;
  readonly observe?: KafkaObserver;
};

/** What a service counts. */
export type KafkaObserver = {
  /** A consumer was given up and is made anew, for this reason. */
  readonly rebuilt?: (topic: Topic, group: string | undefined, reason: string) => void;
  /** A send failed and is made again. */
  readonly resent?: (topic: Topic) => void;
};

export const silentLogger: KafkaLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
};
