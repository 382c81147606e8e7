import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import type { ServerProcess } from '../server-process.ts';
import { makeTempFolder } from '../temp-folder.ts';
import { checkJava, kafkaJars } from './jars.ts';
import { clusterIdOf, prepareNode, startNode } from './node.ts';
import type { ClusterPlan, NodePlan } from './properties.ts';

export type KafkaOptions = {
  /** Where the data is kept, one folder a broker; a new folder for its life unless given. */
  readonly dataDir?: string;
  /** With three, each record is on all of them and acknowledged by two at least. */
  readonly brokers?: 1 | 3;
  /** Ports for clients, one a broker; free ones of the loopback unless given. */
  readonly ports?: readonly number[];
  /** What clients are told to connect to, one a broker: for a proxy in between. */
  readonly advertised?: readonly string[];
  /** Further settings of the broker. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Who may come in by SCRAM-SHA-512 where a listener asks for it: name and password. */
  readonly scramUsers?: Readonly<Record<string, string>>;
};

/** A Kafka of this process: one broker, or a cluster of three. */
export type KafkaServer = AsyncDisposable & {
  /** `host:port`, one a broker, joined by commas. */
  readonly brokers: string;
  readonly nodes: readonly ServerProcess[];
};

const PORTS_A_NODE = 3;

async function planOf(options: KafkaOptions, dataDir: string): Promise<ClusterPlan> {
  const count = options.brokers ?? 1;
  const free = await freePorts(count * PORTS_A_NODE);
  const nodes = Array.from({ length: count }, (_, n): NodePlan => {
    const [any = 0, internal = 0, quorum = 0] = free.slice(n * PORTS_A_NODE);
    const client = options.ports?.[n] ?? any;
    return {
      id: n + 1,
      dir: join(dataDir, `broker-${n + 1}`),
      ports: { client, internal, quorum },
      advertised: options.advertised?.[n] ?? `127.0.0.1:${client}`,
    };
  });
  return { nodes, settings: options.settings ?? {}, scramUsers: options.scramUsers ?? {} };
}

/**
 * Starts Kafka and resolves when all its brokers are up (4 s). Rejects with `Unavailable`:
 * `KAFKA_NOT_INSTALLED`, `KAFKA_JARS`, or `KAFKA_START` with what it said last.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  await checkJava();
  const jars = await kafkaJars();
  await using parts = new AsyncDisposableStack();
  const dataDir = options.dataDir ?? parts.use(await makeTempFolder('kafka')).path;
  const cluster = await planOf(options, dataDir);
  const known = await Promise.all(cluster.nodes.map(clusterIdOf));
  const id = known.find((each) => each !== undefined) ?? randomBytes(16).toString('base64url');
  await Promise.all(cluster.nodes.map((node) => prepareNode(jars, cluster, node, id)));
  const nodes = await startAll(cluster.nodes, (node) =>
    startNode(jars, node, options.dataDir === undefined),
  );
  const stop = () => Promise.all(nodes.map((node) => node.stop())).then(() => undefined);
  parts.defer(stop);
  const owned = parts.move();
  return {
    brokers: cluster.nodes.map(({ advertised }) => advertised).join(','),
    nodes,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** All at once, for none is ready before the others are; when one fails the others are stopped. */
async function startAll(
  plans: readonly NodePlan[],
  start: (plan: NodePlan) => Promise<ServerProcess>,
): Promise<readonly ServerProcess[]> {
  const outcomes = await Promise.allSettled(plans.map(start));
  const nodes = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = outcomes.find((each) => each.status === 'rejected');
  if (failed === undefined) return nodes;
  await Promise.all(nodes.map((node) => node.stop()));
  throw failed.reason;
}
