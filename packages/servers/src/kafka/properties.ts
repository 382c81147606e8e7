/** One node of a cluster: broker and controller at once. */
export type NodePlan = {
  /** From 1 on. */
  readonly id: number;
  readonly dir: string;
  /** For clients, for the other brokers, for the controllers. */
  readonly ports: { readonly client: number; readonly internal: number; readonly quorum: number };
  /** What clients are told to connect to, where something stands in between. */
  readonly advertised: string;
};

export type ClusterPlan = {
  readonly nodes: readonly NodePlan[];
  readonly settings: Readonly<Record<string, string>>;
  readonly scramUsers: Readonly<Record<string, string>>;
};

const HOST = '127.0.0.1';
const MIB = 1_048_576;

/** The file of settings of one node. */
export function propertiesOf(cluster: ClusterPlan, node: NodePlan): string {
  const { client, internal, quorum } = node.ports;
  const copies = String(Math.min(3, cluster.nodes.length));
  const inSync = String(cluster.nodes.length >= 3 ? 2 : 1);
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': cluster.nodes
      .map(({ id, ports }) => `${id}@${HOST}:${ports.quorum}`)
      .join(','),
    'controller.listener.names': 'QUORUM',
    'inter.broker.listener.name': 'INTERNAL',
    listeners: `CLIENT://${HOST}:${client},INTERNAL://${HOST}:${internal},QUORUM://${HOST}:${quorum}`,
    'advertised.listeners': `CLIENT://${node.advertised},INTERNAL://${HOST}:${internal}`,
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,QUORUM:PLAINTEXT',
    'log.dirs': `${node.dir}/data`,
    'auto.create.topics.enable': 'false',
    'unclean.leader.election.enable': 'false',
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '12',
    // As long as the records of the topics: a group that was away finds where it was.
    'offsets.retention.minutes': String(35 * 24 * 60),
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'group.initial.rebalance.delay.ms': '0',
    // A killed broker is taken back when its old session has run out: 9 s by default.
    'broker.session.timeout.ms': '5000',
    'broker.heartbeat.interval.ms': '1000',
    // The controller writes that often that there is nothing to write; twice a second by default.
    'metadata.max.idle.interval.ms': '5000',
    // Small machines: what the cleaner and the threads take by default is for big ones.
    'log.cleaner.dedupe.buffer.size': String(8 * MIB),
    'num.network.threads': '2',
    'num.io.threads': '4',
    ...cluster.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
