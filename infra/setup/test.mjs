/**
 * Runs the tests (`npm test`), with vitest's own arguments passed on: a part of a file name,
 * `--project unit`, `-t "a sentence"`. Ends with `N passed, N failed, N skipped` alone on the last
 * line, preceded by what was not run and why.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

function runVitest(result) {
  const args = [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    `--reporter=${join(root, 'infra', 'setup', 'test-reporter.mjs')}`,
    ...process.argv.slice(2),
  ];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CITYLOOP_TEST_RESULT: result },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function readResult(path, code) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Vitest ended before its reporters could: that is one failure, whatever it was.
    return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0, reasons: [] };
  }
}

function notRun({ reasons }) {
  return reasons.map(([reason, count]) => `  ${count} × ${reason}`);
}

const folder = mkdtempSync(join(tmpdir(), 'cityloop-test-'));
const path = join(folder, 'result.json');
const code = await runVitest(path);
const result = readResult(path, code);
rmSync(folder, { recursive: true, force: true });

// Vitest can fail for a reason that no test tells, such as a broken configuration.
const failed = code !== 0 && result.failed === 0 ? 1 : result.failed;
const nothing = result.passed + failed + result.skipped === 0;
const lines = [...(nothing ? ['  anything: no test fits the arguments'] : []), ...notRun(result)];
if (lines.length > 0) process.stdout.write(`not run:\n${lines.join('\n')}\n`);
process.stdout.write(`${result.passed} passed, ${failed} failed, ${result.skipped} skipped\n`);
process.exitCode = failed > 0 || nothing ? 1 : code;
