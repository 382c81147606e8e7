import { readdir, readFile } from 'node:fs/promises';

type ProcessFacts = {
  readonly pid: number;
  readonly parent: number;
  readonly program: string;
  readonly cpuSeconds: number;
};

// Linux counts in hundredths of a second towards its programs, on every platform Node runs on.
const TICKS_PER_SECOND = 100;

/**
 * Processor time with that of the children it has waited for, so that nothing is lost when one ends
 * between two looks.
 */
async function factsOf(pid: string): Promise<ProcessFacts | undefined> {
  // The process may have ended since it was listed.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  const fields = stat.slice(close + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    program: stat.slice(open + 1, close),
    cpuSeconds: ticks / TICKS_PER_SECOND,
  };
}

async function treeOf(root: number): Promise<readonly ProcessFacts[]> {
  // No /proc: not Linux, and the figures stay empty.
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name));
  const all = (await Promise.all(pids.map(factsOf))).filter((facts) => facts !== undefined);
  const tree = all.filter(({ pid }) => pid === root);
  for (const member of tree) tree.push(...all.filter(({ parent }) => parent === member.pid));
  return tree;
}

/** What processes are, by process id, where it is not told by their programs. */
export type ProcessNames = ReadonlyMap<number, string>;

// The main thread of Node has a name of its own, and so have the processes of Postgres.
function kindOf({ pid, program }: ProcessFacts, root: number, names: ProcessNames): string {
  const name = names.get(pid);
  if (name !== undefined) return name;
  return pid === root || /node|MainThread/i.test(program) ? 'node' : program.replace(/:.*/, '');
}

function sumBy(
  entries: readonly (readonly [kind: string, value: number])[],
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [kind, value] of entries) sums.set(kind, (sums.get(kind) ?? 0) + value);
  return sums;
}

/** Seconds of processor used so far by a process and its descendants, by program or name; Linux only. */
export async function cpuByProgram(
  root: number,
  names: ProcessNames = new Map(),
): Promise<ReadonlyMap<string, number>> {
  const tree = await treeOf(root);
  return sumBy(tree.map((facts) => [kindOf(facts, root, names), facts.cpuSeconds]));
}

async function memoryOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

/**
 * Bytes of memory of a process and its descendants, by program or name; pages that several share count
 * once in all (proportional set size). Linux only.
 */
export async function memoryByProgram(
  root: number,
  names: ProcessNames = new Map(),
): Promise<ReadonlyMap<string, number>> {
  const tree = await treeOf(root);
  return sumBy(
    await Promise.all(
      tree.map(async (facts) => [kindOf(facts, root, names), await memoryOf(facts.pid)] as const),
    ),
  );
}
