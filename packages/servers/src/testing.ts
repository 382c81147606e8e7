import { randomUUID } from 'node:crypto';
import { beforeEach, inject, type TestContext } from 'vitest';
import type { Answer } from './find/desk.ts';
import { checkStart, reasonOf } from './find/find.ts';
import type { ServerKind } from './find/server-kind.ts';

declare module 'vitest' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: declarations are merged into it
  interface ProvidedContext {
    /** Where tests ask for servers. */
    serverDesk: string;
    /** Kinds whose absence is a failure, not a reason to skip. */
    requiredServers: readonly string[];
  }
}

/** A server's address, and a prefix for the topics or keys of one test file. */
export type TestServer = { readonly address: string; readonly prefix: string };

async function ask(kind: ServerKind): Promise<Answer> {
  const response = await fetch(`${inject('serverDesk')}/${kind}`);
  return (await response.json()) as Answer;
}

/** Skips the tests of the file, or fails it where the server is required. */
function doWithout(kind: ServerKind, reason: string): void {
  if (inject('requiredServers').includes(kind)) throw new Error(reason);
  beforeEach((context: TestContext) => context.skip(reason));
}

/**
 * The server all tests share, started when the first file asks for it; to be awaited at the top of a
 * test file. Where it cannot be had the tests of the file are skipped with the reason, which the end of
 * the run tells; where `CITYLOOP_REQUIRE_SERVERS` names it the file fails instead. Only for projects
 * with the global set-up of this package.
 */
export async function testServer(kind: ServerKind): Promise<TestServer> {
  const answer = await ask(kind);
  const prefix = `t${randomUUID().slice(0, 8)}.`;
  if ('address' in answer) return { address: answer.address, prefix };
  doWithout(kind, answer.missing);
  return { address: '', prefix };
}

/** The same for a file whose tests start servers of their own here, to kill and freeze them. */
export async function ownServers(kind: 'kafka' | 'redis'): Promise<void> {
  try {
    await checkStart(kind);
  } catch (error) {
    doWithout(kind, `${kind} is not there to be started and killed: ${reasonOf(error)}`);
  }
}
