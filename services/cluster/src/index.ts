export { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export { Config } from './config.ts';
export type { Supervised } from './supervised.ts';
