import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The Node that sources need: it runs TypeScript as it is. */
export const WANTED_MAJOR = 24;

const majorOf = (version) => Number(version.split('.')[0]);

/** The Node to run the project with: the installed one, or this one if new enough; else undefined. */
export function findNode(root) {
  const name = `node-${process.platform}-${process.arch}`;
  const brought = join(root, 'node_modules', name, 'bin', 'node');
  if (existsSync(brought)) return brought;
  return majorOf(process.versions.node) >= WANTED_MAJOR ? process.execPath : undefined;
}
