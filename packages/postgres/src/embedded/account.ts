import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { InvalidInput } from '@cityloop/kernel';

/**
 * Who the server runs as, since Postgres refuses root.
 *
 * `self`: an ordinary user. `namespace`: root (or a user without a name) in a user namespace of its
 * own, as nobody without power; files keep their owner, so no folder has to be opened. `other`: an
 * unprivileged user of the system, where such namespaces are forbidden (many containers).
 */
export type Account =
  | { readonly kind: 'self' | 'namespace'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'other'; readonly uid: number; readonly gid: number };

/** A program with its arguments, as the account has it started. */
export type Invocation = { readonly file: string; readonly args: readonly string[] };

const runs = (file: string, args: readonly string[]): boolean =>
  spawnSync(file, args, { stdio: 'ignore' }).status === 0;

let namespaces: boolean | undefined;
let watchdog: boolean | undefined;

const hasNamespaces = (): boolean => (namespaces ??= runs('unshare', ['--user', 'true']));
const hasWatchdog = (): boolean =>
  (watchdog ??= process.platform === 'linux' && runs('setpriv', ['--pdeathsig', 'INT', 'true']));

function hasName(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

function unprivileged(): Account {
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const entry = entries.find(([name]) => name === wanted);
    const uid = Number(entry?.[2]);
    const gid = Number(entry?.[3]);
    if (uid > 0 && gid > 0) return { kind: 'other', uid, gid };
  }
  throw new InvalidInput(
    'DATA_DIR_USER',
    'the database may not run as root, and there is no user "postgres" or "nobody" to run it as',
  );
}

/** Chooses the account; `asRoot` forces one of the two ways root has. */
export function chooseAccount(asRoot?: 'namespace' | 'other'): Account {
  const uid = process.getuid?.() ?? 1;
  const gid = process.getgid?.() ?? 1;
  // Postgres wants to know its user's name; in a namespace of its own that is "nobody".
  if (uid !== 0) return { kind: hasName() || !hasNamespaces() ? 'self' : 'namespace', uid, gid };
  if (asRoot !== 'other' && (asRoot === 'namespace' || hasNamespaces())) {
    return { kind: 'namespace', uid, gid };
  }
  return unprivileged();
}

/**
 * How to start a program under the account. With `watched`, the kernel asks it to stop (SIGINT) when
 * the thread that started it ends, even by `kill -9`; where that cannot be had, the next start finds
 * the orphan. Both helpers replace themselves, so the process id is the program's.
 */
export function invocation(
  account: Account,
  program: readonly string[],
  watched: boolean,
): Invocation {
  const words = [
    ...(account.kind === 'namespace' ? ['unshare', '--user'] : []),
    // After the namespace: entering one forgets the wish.
    ...(watched && hasWatchdog() ? ['setpriv', '--pdeathsig', 'INT'] : []),
    ...program,
  ];
  const [file = '', ...args] = words;
  return { file, args };
}
