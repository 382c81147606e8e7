import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import '../src/testing.ts';
import { startEmbeddedPostgres } from '../src/index.ts';

/**
 * One server for all integration tests: the one `TEST_DATABASE_URL` names, or an embedded one for the
 * length of the run. It forgets how to survive a power cut, which no test of these is about.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') {
    project.provide('databaseUrl', given);
    return async () => undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'cityloop-postgres-'));
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const server = await startEmbeddedPostgres({ dataDir: folder, settings });
  project.provide('databaseUrl', server.url);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
