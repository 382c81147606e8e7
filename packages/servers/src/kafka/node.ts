import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from '@cityloop/kernel';
import { type Child, lastLines, launch, untilReady } from '../child.ts';
import { type ServerProcess, serverProcess } from '../server-process.ts';
import { type ClusterPlan, type NodePlan, propertiesOf } from './properties.ts';

const READY_MS = 60_000;
const STARTED = 'Kafka Server started';
const STOP_MS = 10_000;
const QUIET = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
];

const configOf = (node: NodePlan): string => join(node.dir, 'server.properties');

/** The cluster a node's data belongs to, undefined while it has none. */
export async function clusterIdOf(node: NodePlan): Promise<string | undefined> {
  const path = join(node.dir, 'data', 'meta.properties');
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^cluster\.id=(.*)$/m.exec(text)?.[1];
}

/** Writes the settings, and makes the data folder where there is none yet. */
export async function prepareNode(
  jars: string,
  cluster: ClusterPlan,
  node: NodePlan,
  clusterId: string,
): Promise<void> {
  await mkdir(node.dir, { recursive: true });
  await writeFile(configOf(node), propertiesOf(cluster, node));
  if ((await clusterIdOf(node)) !== undefined) return;
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', configOf(node)];
  await promisify(execFile)('java', [
    '-Xmx128m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    `${jars}/*`,
    ...tool,
    ...Object.entries(cluster.scramUsers).flatMap(([name, password]) => [
      '--add-scram',
      `SCRAM-SHA-512=[name=${name},password=${password}]`,
    ]),
  ]).catch((cause: unknown) => {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause);
    throw new Unavailable('KAFKA_START', `Kafka cannot use ${node.dir}: ${lastLines(said)}`);
  });
}

async function startOnce(jars: string, node: NodePlan): Promise<Child> {
  const logPath = join(node.dir, 'kafka.log');
  const heap = ['-Xmx512m', '-XX:+UseSerialGC'];
  const args = [...heap, ...QUIET, '-cp', `${jars}/*`, 'kafka.Kafka', configOf(node)];
  const child = await launch({ program: 'java', args, cwd: node.dir, logPath });
  const ready = async () => (await child.said()).includes(STARTED);
  if (await untilReady(child, ready, READY_MS)) return child;
  await child.stop(0);
  throw new Unavailable('KAFKA_START', `Kafka did not start: ${lastLines(await child.said())}`);
}

/**
 * Runs a node and resolves when it takes part in its cluster; the others have to be started meanwhile.
 * What it says goes to `kafka.log` beside its data.
 */
export function startNode(jars: string, node: NodePlan, hasty: boolean): Promise<ServerProcess> {
  return serverProcess(() => startOnce(jars, node), hasty ? 0 : STOP_MS);
}
