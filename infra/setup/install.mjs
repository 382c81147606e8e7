import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.mjs';

const PNPM = 'pnpm@12.21.0';
const MEMBERS = ['packages', 'services'];

/** A failure with a sentence for the person at the terminal. */
export class SetupFailure extends Error {}

function manifests(root) {
  const members = MEMBERS.flatMap((group) => {
    if (!existsSync(join(root, group))) return [];
    return readdirSync(join(root, group)).map((name) => join(group, name, 'package.json'));
  });
  const all = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', ...members.sort()];
  return all.filter((path) => existsSync(join(root, path)));
}

/** A hash of everything that decides what is installed, the platform included. */
function wantedStamp(root) {
  const hash = createHash('sha256').update(`${PNPM} ${process.platform} ${process.arch}\0`);
  for (const path of manifests(root)) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function stampIs(path, wanted) {
  try {
    return readFileSync(path, 'utf8') === wanted;
  } catch {
    return false;
  }
}

const mayWrite = (folder) => {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * A home for the caches of npm and pnpm where this user has none it may write to (a service account,
 * a container); their settings are still read from the real one.
 */
function homeFor(root) {
  const home = homedir();
  if (mayWrite(home)) return {};
  const own = join(root, 'node_modules', '.cityloop-home');
  mkdirSync(own, { recursive: true });
  return {
    HOME: own,
    XDG_DATA_HOME: join(own, 'data'),
    XDG_CACHE_HOME: join(own, 'cache'),
    XDG_STATE_HOME: join(own, 'state'),
    npm_config_cache: join(own, 'npm'),
    npm_config_userconfig: join(home, '.npmrc'),
  };
}

/** Settings of npm and pnpm that somebody else's shell or npm run left, and that change their ways. */
function cleanEnvironment(root) {
  const env = {
    ...process.env,
    CI: '1',
    npm_config_yes: 'true',
    npm_config_update_notifier: 'false',
  };
  for (const name of Object.keys(env)) {
    // What `npm start` says of itself: pnpm would take it for its own.
    if (/^npm_(package|lifecycle)_/i.test(name) || name === 'npm_command') delete env[name];
  }
  delete env.NODE_ENV;
  delete env.NODE_OPTIONS;
  return { ...env, ...homeFor(root) };
}

function runInstall(root, mode, onLine) {
  return new Promise((resolve, reject) => {
    const args = ['--yes', PNPM, 'install', mode];
    const child = spawn('npx', args, {
      cwd: root,
      env: cleanEnvironment(root),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (chunk) => {
      output += chunk;
      onLine(chunk.trim().split('\n').at(-1) ?? '');
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

const OFFLINE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ECONNRESET|ERR_PNPM_META_FETCH_FAIL|network/i;

function explain({ output }) {
  if (/ENOSPC|No space left/i.test(output)) return 'the disk is full: make room and try again';
  if (/frozen-lockfile/.test(output)) {
    return `pnpm-lock.yaml does not fit the manifests: run "npx --yes ${PNPM} install --no-frozen-lockfile" and commit it`;
  }
  if (/EROFS|EACCES|EPERM/.test(output)) {
    return 'a folder may not be written (see above): give this user the right to, and check that the home folder exists';
  }
  if (OFFLINE.test(output)) {
    return 'the package registry could not be reached: check the network (the first start needs it)';
  }
  return 'the installation failed (see above)';
}

/** A line that replaces itself on a terminal; elsewhere each is said once. */
function progress(text) {
  const terminal = process.stderr.isTTY;
  process.stderr.write(terminal ? `${text} …` : `${text} …\n`);
  const shown = (line) => {
    if (terminal) process.stderr.write(`\r\x1b[K${text} … ${line.slice(0, 60)}`);
  };
  const done = (line) => process.stderr.write(terminal ? `\r\x1b[K${line}\n` : `${line}\n`);
  return { shown, done };
}

async function install(root, wanted, stampPath) {
  const startedAt = Date.now();
  const { shown, done } = progress('installing packages');
  const result = await runInstall(root, '--frozen-lockfile', shown).catch((error) => ({
    code: 1,
    output: error.code === 'ENOENT' ? 'npx was not found: install npm' : error.message,
  }));
  if (result.code !== 0) {
    done('installing packages failed:');
    process.stderr.write(`${result.output.trimEnd()}\n`);
    throw new SetupFailure(explain(result));
  }
  writeFileSync(stampPath, wanted);
  done(`packages installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/**
 * Installs what the lock file says, unless that has been done: two setups at once do it once. Throws
 * `SetupFailure` with one sentence; the whole output of the failed installation stands above it.
 */
export async function ensureInstalled(root) {
  const folder = join(root, 'node_modules');
  const stampPath = join(folder, '.cityloop-installed');
  const wanted = wantedStamp(root);
  if (stampIs(stampPath, wanted)) return;
  try {
    mkdirSync(folder, { recursive: true });
    await withLock(
      join(folder, '.cityloop-lock'),
      async () => {
        if (!stampIs(stampPath, wanted)) await install(root, wanted, stampPath);
      },
      () => process.stderr.write('another setup is installing, waiting for it …\n'),
    );
  } catch (error) {
    if (error instanceof SetupFailure) throw error;
    throw new SetupFailure(`${folder} cannot be written (${error.code ?? error.message})`);
  }
}
