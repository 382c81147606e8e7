import { statfs } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';

// What `statfs` answers for memory that looks like a disk: fsync costs nothing there.
const TMPFS = 0x01021994;

/** One line about the machine; figures are worth nothing without it. */
export function describeMachine(servers: Iterable<string> = []): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const parts = [
    `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}`,
    `${gigabytes} GB`,
    `${process.platform} ${process.arch}`,
    `Node ${process.versions.node}`,
    ...new Set(servers),
  ];
  return parts.join(', ');
}

/** A sentence when the folder of the servers is in memory, where durability is free. */
export async function warnAboutDisk(): Promise<string | undefined> {
  const { type } = await statfs(tmpdir());
  return type === TMPFS
    ? 'the temporary folder is in memory: fsync costs nothing there; set TMPDIR to a folder on disk'
    : undefined;
}

/** Seconds of processor the whole machine has used so far, by whomever. */
export function machineCpuSeconds(): number {
  const busyMs = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return busyMs.reduce((sum, ms) => sum + ms, 0) / 1_000;
}
