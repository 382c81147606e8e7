/**
 * The door to every command of the project, for a machine with Node 20 and npm alone: installs what is
 * missing, finds the Node the sources need, and hands over to it.
 *
 *   node infra/setup/run.mjs <command> [arguments]
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands } from './commands.mjs';
import { ensureInstalled, SetupFailure } from './install.mjs';
import { findNode, WANTED_MAJOR } from './node.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const OLDEST_MAJOR = 20;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

function targetOf(command) {
  const target = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (target === undefined) {
    const list = Object.keys(commands).join(', ');
    throw new SetupFailure(`"${command ?? ''}" is not a command; there are: ${list}`);
  }
  if (!existsSync(join(root, target)))
    throw new SetupFailure(`${command} is not there yet (${target})`);
  return join(root, target);
}

function nodeFor() {
  const node = findNode(root);
  if (node !== undefined) return node;
  throw new SetupFailure(
    `there is no Node ${WANTED_MAJOR} for ${process.platform} on ${process.arch} to bring along: install Node ${WANTED_MAJOR} or newer and try again`,
  );
}

/** Runs the target in our place: same terminal, same signals, same end. */
function handOver(node, target, args) {
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(
    delimiter,
  );
  const child = spawn(node, [target, ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(new SetupFailure(`${node} did not start: ${error.message}`)));
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? code : 128 + (constants.signals[signal] ?? 0);
  });
}

function fail(error) {
  const expected = error instanceof SetupFailure;
  process.stderr.write(`cityloop: ${expected ? error.message : error.stack}\n`);
  process.exitCode = 1;
}

async function main([command, ...args]) {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_MAJOR) {
    throw new SetupFailure(`Node ${OLDEST_MAJOR} or newer is needed, this is ${process.version}`);
  }
  const target = targetOf(command);
  await ensureInstalled(root);
  handOver(nodeFor(), target, args);
}

main(process.argv.slice(2)).catch(fail);
