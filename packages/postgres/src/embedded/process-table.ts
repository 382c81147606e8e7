import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LINUX = process.platform === 'linux';
// Fields of /proc/<pid>/stat behind the name, which may itself hold spaces and brackets.
const STATE = 0;
const START_TIME = 19;

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function ps(column: string, pid: number): string | undefined {
  const args = ['-o', `${column}=`, '-p', String(pid)];
  const text = attempt(() =>
    execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  return text?.trim() || undefined;
}

/**
 * When a process was started, in a form that no other process of this machine shares with the same
 * id, not even after a reboot. Undefined when there is none, or only what its parent never reaped.
 */
export function startOf(pid: number): string | undefined {
  if (!LINUX) return ps('lstart', pid);
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[STATE] === 'Z' || fields[STATE] === 'X') return undefined;
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  return `${boot ?? 'boot'}:${fields[START_TIME] ?? ''}`;
}

/** Whether a process was started with this argument. */
export function hasArgument(pid: number, argument: string): boolean {
  if (!LINUX) return ps('command', pid)?.includes(argument) ?? false;
  const line = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  return line?.split('\0').includes(argument) ?? false;
}

/** The processes that work in `folder`; only those this user may see, and none outside of Linux. */
export function processesIn(folder: string): readonly number[] {
  if (!LINUX) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => attempt(() => readlinkSync(`/proc/${pid}/cwd`)) === folder);
}

/** Sends a signal; a process that is gone has got what it was to get. */
export function signal(pid: number, name: NodeJS.Signals): void {
  attempt(() => process.kill(pid, name));
}
