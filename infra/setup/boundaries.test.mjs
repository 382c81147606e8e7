import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBreaches, importsOf } from './boundaries.mjs';

let root;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cityloop-boundaries-'));
  put('package.json', { devDependencies: { vitest: '1' } });
  member('packages/kernel', {});
  member('packages/postgres', { '@cityloop/kernel': '', pg: '1' });
  member('services/intake', { '@cityloop/kernel': '', '@cityloop/postgres': '' });
});

afterEach(() => rmSync(root, { recursive: true }));

function put(path, content) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

function member(folder, dependencies, exports = './src/index.ts') {
  const name = `@cityloop/${folder.split('/')[1]}`;
  put(`${folder}/package.json`, { name, exports, dependencies });
}

const breachesOf = (path, text) => {
  put(path, text);
  return findBreaches(root);
};

describe('dependency rules', () => {
  it('know where scripts for Redis belong', () => {
    member('packages/timers', {});
    expect(breachesOf('packages/timers/src/redis/arm.lua', 'return 1')).toEqual([]);
    expect(breachesOf('services/intake/src/count.lua', 'return 1')).toEqual([
      'services/intake/src/count.lua: only packages/timers has scripts for Redis',
    ]);
  });

  it('are content with what the manifests declare', () => {
    expect(breachesOf('packages/postgres/src/pool.ts', `import pg from 'pg';`)).toEqual([]);
    expect(breachesOf('packages/kernel/src/a.test.ts', `import { it } from 'vitest';`)).toEqual([]);
  });

  it.each([
    [
      'an undeclared package',
      'services/intake/src/a.ts',
      `import 'zod';`,
      'zod, which its package',
    ],
    [
      'a test tool in the product',
      'packages/kernel/src/a.ts',
      `import { it } from 'vitest';`,
      'vitest, which',
    ],
    [
      'the inside of a package',
      'services/intake/src/a.ts',
      `export { a } from '@cityloop/kernel/src/a.ts';`,
      'reaches into',
    ],
    [
      'a way out of the package',
      'services/intake/src/a.ts',
      `import '../../dispatch/src/a.ts';`,
      'leaves its package',
    ],
    [
      'effects in rules',
      'services/intake/src/domain/a.ts',
      `import { readFile } from 'node:fs';`,
      'is made of rules',
    ],
    [
      'effects in a pure package',
      'packages/kernel/src/a.ts',
      `const fs = await import('node:fs');`,
      'is made of rules',
    ],
    [
      'a store in rules',
      'services/intake/src/domain/a.ts',
      `import {\n  createPool,\n} from '@cityloop/postgres';`,
      'is made of rules',
    ],
  ])('find %s', (_what, path, text, said) => {
    expect(breachesOf(path, text)).toEqual([expect.stringContaining(said)]);
  });

  it('keep the driver in its package, declared or not', () => {
    member('services/intake', { pg: '1' });
    const breaches = breachesOf('services/intake/src/a.ts', `import pg from 'pg';`);
    expect(breaches).toEqual([expect.stringContaining('only packages/postgres may')]);
  });

  it('let rules use the types of a package, which are gone at run time', () => {
    const text = `import type { Database } from '@cityloop/postgres';`;
    expect(breachesOf('services/intake/src/domain/a.ts', text)).toEqual([]);
  });

  it('keep services apart, but for the one that is made of them', () => {
    member('services/standalone', { '@cityloop/intake': '' });
    expect(findBreaches(root)).toEqual([]);
    member('services/dispatch', { '@cityloop/intake': '' });
    expect(findBreaches(root)).toEqual([expect.stringContaining('may not depend on a service')]);
  });

  it('find packages that depend on each other', () => {
    member('packages/kernel', { '@cityloop/postgres': '' });
    expect(findBreaches(root)).toEqual([expect.stringContaining('depend on each other')]);
  });
});

describe('reading imports', () => {
  it('passes over comments and sees every form', () => {
    const text = [
      `// import 'commented';`,
      `/* import 'blocked'; */`,
      `import type { A } from 'types';`,
      `import { b, type C } from 'both';`,
      `export * from 'again';`,
      `import 'effect';`,
    ].join('\n');
    expect(importsOf(text)).toEqual([
      { specifier: 'types', erased: true },
      { specifier: 'both', erased: false },
      { specifier: 'again', erased: false },
      { specifier: 'effect', erased: false },
    ]);
  });
});
