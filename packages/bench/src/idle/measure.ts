import { setTimeout as after } from 'node:timers/promises';
import { cpuByProgram, memoryByProgram } from '../machine/process-tree.ts';
import { startOurCluster } from '../ours/cluster.ts';

/** What a cluster of ours takes when nobody wants anything of it, by process. */
export type IdleResult = {
  /** Of one core, 0 to 1. */
  readonly cores: Readonly<Record<string, number>>;
  readonly bytes: Readonly<Record<string, number>>;
};

/** How long it is left alone first, s: what a start leaves to do, and to compile, is done by then. */
const SETTLE_S = 60;

/** Starts the cluster, leaves it alone, and measures for `seconds`. */
export async function measureIdle(
  seconds: number,
  parts: AsyncDisposableStack,
): Promise<IdleResult> {
  const cluster = parts.use(await startOurCluster());
  // This process does what `npm run cluster` does: it keeps the others running.
  const names = new Map([...cluster.processes(), [process.pid, 'cluster']]);
  await after(SETTLE_S * 1_000);
  const before = await cpuByProgram(process.pid, names);
  const startedMs = performance.now();
  await after(seconds * 1_000);
  const used = await cpuByProgram(process.pid, names);
  const elapsedS = (performance.now() - startedMs) / 1_000;
  const share = ([name, total]: [string, number]): [string, number] => [
    name,
    (total - (before.get(name) ?? 0)) / elapsedS,
  ];
  return {
    cores: Object.fromEntries([...used].map(share)),
    bytes: Object.fromEntries(await memoryByProgram(process.pid, names)),
  };
}
