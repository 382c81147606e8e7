import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInput } from '@cityloop/kernel';

/** One numbered step of a schema. */
export type MigrationFile = { readonly name: string; readonly sql: string };

/** A step with its number and the hash that shows whether it was changed after it ran. */
export type Migration = MigrationFile & { readonly version: number; readonly hash: string };

const NAME = /^(\d{3})_[a-z0-9_-]+\.sql$/;

function parse(file: MigrationFile): Migration {
  const version = Number(NAME.exec(file.name)?.[1] ?? 0);
  if (version === 0) {
    const wanted = 'a migration is called 001_what-it-does.sql, from 001 on';
    throw new InvalidInput('MIGRATION_NAME', `${file.name}: ${wanted}`);
  }
  // A checkout on another system may change the ends of lines, which changes nothing.
  const hash = createHash('sha256').update(file.sql.replaceAll('\r\n', '\n')).digest('hex');
  return { ...file, version, hash };
}

/** The steps in order, numbered 1, 2, 3 … without a gap; throws `InvalidInput` otherwise. */
export function orderMigrations(files: readonly MigrationFile[]): readonly Migration[] {
  const ordered = files.map(parse).sort((a, b) => a.version - b.version);
  ordered.forEach(({ name, version }, index) => {
    if (version === index + 1) return;
    const expected = String(index + 1).padStart(3, '0');
    throw new InvalidInput('MIGRATION_NUMBERING', `${name} stands where ${expected} should be`);
  });
  return ordered;
}

/** Reads the `*.sql` files of a folder. */
export async function readMigrations(dir: string | URL): Promise<readonly MigrationFile[]> {
  const folder = typeof dir === 'string' ? dir : fileURLToPath(dir);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'));
  return await Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(join(folder, name), 'utf8') })),
  );
}
