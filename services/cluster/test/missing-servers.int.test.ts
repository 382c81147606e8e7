import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeTempFolder } from '@cityloop/servers';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

it('a cluster that cannot start says all that is missing at once, and what else there is', async () => {
  await using folder = await makeTempFolder('cluster');
  const env = {
    ...{ PATH: '/nowhere', CITYLOOP_DATA: folder.path },
    DATABASE_URL: 'postgres://127.0.0.1:1/nobody-comes-so-far',
  };
  const started = promisify(execFile)(process.execPath, [MAIN], { env });
  const { code, stderr } = await started.then(
    () => ({ code: 0, stderr: '' }),
    (error: { readonly code: number; readonly stderr: string }) => error,
  );
  expect(code).toBe(1);
  for (const word of ['no java', '--without kafka', 'no redis-server', '--without redis']) {
    expect(stderr).toContain(word);
  }
});
