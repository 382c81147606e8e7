import { setTimeout as after } from 'node:timers/promises';
import type { GenericContainer, StartedTestContainer, Wait } from 'testcontainers';
import { freePorts } from '../ports.ts';
import type { FoundServer, ServerKind } from './server-kind.ts';

type Tools = {
  readonly container: (image: string) => GenericContainer;
  readonly wait: typeof Wait;
};
type Recipe = {
  readonly image: string;
  make(tools: Tools): Promise<{ readonly built: GenericContainer; readonly port: number }>;
  address(started: StartedTestContainer, port: number): string;
};

const PULL_MS = 120_000;
const POSTGRES_PORT = 5432;
const REDIS_PORT = 6379;
const KAFKA_PORT = 9092;

const recipes: Readonly<Record<ServerKind, Recipe>> = {
  postgres: {
    image: 'postgres:18',
    async make({ container, wait }) {
      const built = container('postgres:18')
        .withEnvironment({ POSTGRES_PASSWORD: 'postgres' })
        .withTmpFs({ '/var/lib/postgresql': 'rw' })
        .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
        .withExposedPorts(POSTGRES_PORT)
        // The first time it is the server that makes the data, which nobody else may use.
        .withWaitStrategy(wait.forLogMessage(/ready to accept connections/, 2));
      return { built, port: POSTGRES_PORT };
    },
    address: (started, port) =>
      `postgres://postgres:postgres@${started.getHost()}:${started.getMappedPort(port)}/postgres`,
  },
  redis: {
    image: 'redis:7.4',
    async make({ container, wait }) {
      const built = container('redis:7.4')
        .withCommand(['redis-server', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'])
        .withExposedPorts(REDIS_PORT)
        .withWaitStrategy(wait.forLogMessage(/Ready to accept connections/));
      return { built, port: REDIS_PORT };
    },
    address: (started, port) => `redis://${started.getHost()}:${started.getMappedPort(port)}`,
  },
  kafka: {
    image: 'apache/kafka:4.1.0',
    async make({ container, wait }) {
      // What the broker tells its clients to connect to has to be known before it starts.
      const [port = 0] = await freePorts(1);
      const built = container('apache/kafka:4.1.0')
        .withEnvironment(kafkaEnvironment(port))
        .withExposedPorts({ container: KAFKA_PORT, host: port })
        .withWaitStrategy(wait.forLogMessage(/Kafka Server started/));
      return { built, port };
    },
    address: (started, port) => `${started.getHost()}:${port}`,
  },
};

/** Any one of these replaces the whole default file of the image, so all are given. */
function kafkaEnvironment(port: number): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENERS: 'INTERNAL://:19092,HOST://:9092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `INTERNAL://localhost:19092,HOST://localhost:${port}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'INTERNAL:PLAINTEXT,HOST:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'INTERNAL',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '12',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  };
}

/**
 * A server in a container of its own; rejects when no engine answers, or when the image is neither
 * there nor to be had.
 */
export async function startContainer(kind: ServerKind): Promise<FoundServer> {
  const { GenericContainer, getContainerRuntimeClient, ImageName, Wait } = await import(
    'testcontainers'
  );
  const recipe = recipes[kind];
  const { image } = await getContainerRuntimeClient();
  const name = ImageName.fromString(recipe.image);
  if (!(await image.exists(name))) await within(PULL_MS, image.pull(name));
  const tools: Tools = { container: (name) => new GenericContainer(name), wait: Wait };
  const { built, port } = await recipe.make(tools);
  const started = await built.start();
  return {
    address: recipe.address(started, port),
    by: 'container',
    async [Symbol.asyncDispose]() {
      await started.stop({ timeout: 0 });
    },
  };
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const late = after(ms, undefined, { ref: false }).then(() => {
    throw new Error(`the image could not be had within ${ms / 1000} s`);
  });
  await Promise.race([work, late]);
}
