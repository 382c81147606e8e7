import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of this build. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** What its programs read beside their sources. */
const BESIDE = ['node_modules', 'infra', 'docs', 'package.json', 'tsconfig.base.json'];
/** Folders nothing runs from. */
const NOT_RUN = new Set(['test', 'recordings']);

/**
 * What the newer build does differently: where this one records `noted` it records a type of event
 * nobody else has heard of. Each text is replaced by the other in the file named.
 */
const changes: readonly { file: string; from: string; to: string }[] = [
  {
    file: 'packages/contracts/src/events.ts',
    from: '  noted: fact({}),\n',
    to: '  noted: fact({}),\n  remarked: fact({}),\n',
  },
  {
    file: 'packages/incident/src/evolve-everywhere.ts',
    from: "    case 'noted':\n",
    to: "    case 'noted':\n    case 'remarked':\n",
  },
  {
    file: 'packages/incident/src/evolve.ts',
    from: "  'noted',\n",
    to: "  'noted',\n  'remarked',\n",
  },
  {
    file: 'packages/incident/src/everywhere.ts',
    from: "named(stage, 'noted', ",
    to: "named(stage, 'remarked', ",
  },
];

/**
 * Makes the sources of a build that is one type of event ahead of this one, below `folder`, and answers
 * where: services are started from there as they are from here. Throws when this build is not what the
 * changes were written for.
 */
export async function makeNewerBuild(folder: string): Promise<string> {
  for (const part of ['services', 'packages']) {
    await cp(join(ROOT, part), join(folder, part), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !NOT_RUN.has(basename(path)),
    });
  }
  for (const name of BESIDE) await symlink(join(ROOT, name), join(folder, name));
  for (const { file, from, to } of changes) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    if (text.split(from).length !== 2) throw new RangeError(`${file} has not once: ${from.trim()}`);
    await writeFile(path, text.replace(from, to));
  }
  return folder;
}
