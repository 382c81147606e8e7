import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInput } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { fatalMessage, type StopSignal, stopWithin, untilStopped } from './index.ts';

function fakeProcess() {
  const listeners = new Map<StopSignal, () => void>();
  const exits: number[] = [];
  return {
    exits,
    on: (signal: StopSignal, listener: () => void) => listeners.set(signal, listener),
    exit: (code: number) => exits.push(code),
    send: (signal: StopSignal) => listeners.get(signal)?.(),
  };
}

describe('stop signals', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('end the wait: %s', async (signal) => {
    const source = fakeProcess();
    const stopped = untilStopped(source);
    source.send(signal);
    expect(await stopped).toBe(signal);
    expect(source.exits).toEqual([]);
  });

  it('exit at once the second time, but not for the echo of the first', async () => {
    const source = fakeProcess();
    let now = 0;
    const stopped = untilStopped(source, () => now);
    source.send('SIGINT');
    await stopped;
    now = 900;
    source.send('SIGINT');
    expect(source.exits).toEqual([]);
    now = 1_100;
    source.send('SIGINT');
    source.send('SIGTERM');
    expect(source.exits).toEqual([130, 143]);
  });
});

describe('an orderly stop', () => {
  it('ends when the parts have stopped', async () => {
    const order: string[] = [];
    const parts = new AsyncDisposableStack();
    parts.defer(() => void order.push('first built'));
    parts.defer(() => void order.push('last built'));
    await stopWithin(10_000, parts);
    expect(order).toEqual(['last built', 'first built']);
  });

  it('says so when it takes too long', async () => {
    const parts = { [Symbol.asyncDispose]: () => new Promise<void>(() => undefined) };
    await expect(stopWithin(5, parts)).rejects.toMatchObject({ code: 'RUNTIME_STOP_TIMEOUT' });
  });

  it('passes on what a part throws', async () => {
    const parts = { [Symbol.asyncDispose]: () => Promise.reject(new Error('stuck')) };
    await expect(stopWithin(10_000, parts)).rejects.toThrow('stuck');
  });
});

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
    expect(fatalMessage(new TypeError('x is not a function'))).toContain('process.test.ts');
  });
});
