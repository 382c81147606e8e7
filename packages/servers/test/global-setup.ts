import type { TestProject } from 'vitest/node';
import '@cityloop/postgres/testing';
import '../src/testing.ts';
import { openDesk, type ServerDesk } from '../src/find/desk.ts';
import { type ServerFinder, serverFinder } from '../src/find/find.ts';

/** What the projects of one run share; each of them loads this file on its own. */
type Shared = {
  readonly finder: ServerFinder;
  readonly desk: Promise<ServerDesk>;
  users: number;
};

const SHARED = Symbol.for('cityloop.test-servers');
const world = globalThis as { [SHARED]?: Shared | undefined };

function open(): Shared {
  // Its reaper is one more image to have; what a killed run leaves has the label of testcontainers.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  const finder = serverFinder(process.env, (line) => process.stdout.write(`servers: ${line}\n`));
  return { finder, desk: openDesk(finder), users: 0 };
}

/**
 * Servers for the tests that need some: Postgres, which most do, before the first file; the others
 * when a file asks for them (`testServer`).
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = world[SHARED] ?? open();
  world[SHARED] = shared;
  shared.users += 1;
  const required = process.env.CITYLOOP_REQUIRE_SERVERS ?? '';
  project.provide('requiredServers', required.split(',').filter(Boolean));
  project.provide('serverDesk', (await shared.desk).url);
  if (project.name === 'integration') {
    project.provide('databaseUrl', (await shared.finder.find('postgres')).address);
  }
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    world[SHARED] = undefined;
    await (await shared.desk)[Symbol.asyncDispose]();
  };
}
