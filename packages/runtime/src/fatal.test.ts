import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInput } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { fatalMessage } from './index.ts';

async function caught(work: () => Promise<unknown>): Promise<unknown> {
  return work().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the last words of a process', () => {
  it('are one sentence with the code for what we foresaw', () => {
    const error = new InvalidInput('PACK_MISSING', 'there is no pack "x"');
    expect(fatalMessage(error)).toBe('there is no pack "x" (PACK_MISSING)');
  });

  it('say how to free a taken port', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    // A TCP server has an address object; only pipes have a string.
    const { port } = first.address() as AddressInfo;
    const second = createServer();
    const failed = new Promise((resolve) => second.once('error', resolve));
    second.listen(port, '127.0.0.1');
    const error = await failed;
    first.close();
    expect(fatalMessage(error)).toBe(
      `port ${port} is taken: stop what uses it, or set PORT to another one`,
    );
  });

  it('name the file of a system error', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cityloop-fatal-'));
    const error = await caught(() => readFile(join(folder, 'missing.yaml')));
    await rm(folder, { recursive: true });
    expect(fatalMessage(error)).toMatch(/no such file.*missing\.yaml.*\(ENOENT\)$/);
  });

  it.each([
    ['EROFS', /read-only/],
    ['ENOSPC', /disk is full/],
    ['EACCES', /no permission for \/data/],
  ])('explain %s', (code, sentence) => {
    const error = Object.assign(new Error('raw'), { code, path: '/data' });
    expect(fatalMessage(error)).toMatch(sentence);
  });

  it('are about the first failure when cleaning up failed too', async () => {
    const error = await caught(async () => {
      await using parts = new AsyncDisposableStack();
      parts.defer(() => {
        throw new Error('cannot stop what did not start');
      });
      throw new InvalidInput('PACK_MISSING', 'there is no pack "x"');
    });
    expect(fatalMessage(error)).toBe('there is no pack "x" (PACK_MISSING)');
  });

  it('keep the stack of what nobody foresaw', () => {
    expect(fatalMessage(new TypeError('x is not a function'))).toContain('fatal.test.ts');
  });
});
