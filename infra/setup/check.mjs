/**
 * Everything that can be said about the sources without running them (`npm run check`): one line a
 * step with its time, its output only when it fails. `npm run check -- types lint` runs those alone.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const script = (name) => [process.execPath, join(root, 'infra', 'setup', name)];

const steps = [
  ['types', [bin('tsc'), '--noEmit', '-p', 'tsconfig.json']],
  ['biome', [bin('biome'), 'check', '--error-on-warnings', '--max-diagnostics=100']],
  ['lint', [bin('oxlint'), '--type-aware', '--deny-warnings']],
  ['boundaries', script('check-boundaries.mjs')],
  ['lengths', script('check-lengths.mjs')],
  ['unused', [bin('knip'), '--no-progress', '--no-config-hints']],
];

function run([name, [file, ...args]]) {
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => take(`${error.message}\n`));
    child.on('close', (code) => {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      const verdict = code === 0 ? 'ok    ' : 'FAILED';
      process.stdout.write(`${verdict} ${name.padEnd(12)} ${seconds} s\n`);
      if (code !== 0) process.stdout.write(`${output.trimEnd()}\n\n`);
      resolve(code === 0);
    });
  });
}

const asked = process.argv.slice(2);
const chosen = steps.filter(([name]) => asked.length === 0 || asked.includes(name));
const results = [];
// One after the other: each uses every core by itself, and their outputs do not mix.
for (const step of chosen) results.push(await run(step));
if (chosen.length === 0 || results.includes(false)) process.exitCode = 1;
