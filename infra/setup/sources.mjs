import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = /\.(ts|tsx|mts|mjs|js)$/;
const PASSED_OVER = new Set(['node_modules', 'dist', 'coverage', 'data', '.git']);

/** The source files below `folders` of `root`, or those with another ending, as paths from `root`. */
export function sourcesOf(root, folders, ending = SOURCE) {
  return folders.flatMap((folder) => {
    if (!existsSync(join(root, folder))) return [];
    return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory())
        return PASSED_OVER.has(entry.name) ? [] : sourcesOf(root, [path], ending);
      return ending.test(entry.name) ? [path] : [];
    });
  });
}
