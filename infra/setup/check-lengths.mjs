/** Refuses source files beyond the hard cap of lines: what is longer has more than one subject. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourcesOf } from './sources.mjs';

const CAP = 300;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const tooLong = sourcesOf(root, ['packages', 'services', 'infra'])
  .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1 }))
  .filter(({ lines }) => lines > CAP);
for (const { path, lines } of tooLong) {
  process.stdout.write(`${path}: ${lines} lines, the cap is ${CAP}\n`);
}
process.exitCode = tooLong.length === 0 ? 0 : 1;
