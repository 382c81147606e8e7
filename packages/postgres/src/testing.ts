import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { createPool } from './pool.ts';
import { identifier } from './statement.ts';

declare module 'vitest' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: declarations are merged into it
  interface ProvidedContext {
    databaseUrl: string;
  }
}

/** A database of one test file; disposing it drops it, with whatever is still connected. */
export type TestDatabase = AsyncDisposable & { readonly url: string };

function withDatabase(url: string, name: string): string {
  // The address of a unix socket has no host, which `URL` does not take.
  return url.replace(/^([a-z]+:\/\/[^/?]*)\/[^?]*/, `$1/${name}`);
}

async function administer(url: string, text: string): Promise<void> {
  await using admin = createPool(url, { max: 1, name: 'test-setup' });
  await admin.execute({ text });
}

/**
 * A new empty database on the server that the integration tests share, or a copy of `template` (the
 * `url` of another one that nobody is connected to any more). Only for tests of the `integration`
 * project, where the server is.
 */
export async function createTestDatabase(template?: TestDatabase): Promise<TestDatabase> {
  const server = inject('databaseUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const source = template === undefined ? 'template1' : nameOf(template.url);
  await administer(server, `create database ${identifier(name)} template ${identifier(source)}`);
  return {
    url: withDatabase(server, name),
    [Symbol.asyncDispose]: () =>
      administer(server, `drop database if exists ${identifier(name)} with (force)`),
  };
}

const nameOf = (url: string): string => /^[a-z]+:\/\/[^/?]*\/([^?]*)/.exec(url)?.[1] ?? '';
