import { InvalidInput } from '@cityloop/kernel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runProcess, type StopSignal, stopWithin, untilStopped } from './index.ts';

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

describe('a process', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });

  it('starts, waits for the signal, stops its parts and exits with 0', async () => {
    const source = fakeProcess();
    const happened: string[] = [];
    const parts = new AsyncDisposableStack();
    parts.defer(() => void happened.push('stopped'));
    const running = runProcess({
      process: source,
      stopWithinMs: 10_000,
      async start() {
        happened.push('started');
        // A Ctrl-C while the database is still coming up.
        source.send('SIGINT');
        return parts;
      },
    });
    await running;
    expect(happened).toEqual(['started', 'stopped']);
    expect(source.exits).toEqual([0]);
  });

  it('says in one line why it cannot start, and exits with 1', async () => {
    const source = fakeProcess();
    const said: unknown[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(text) > 0);
    const start = () => Promise.reject(new InvalidInput('PACK_MISSING', 'there is no pack "x"'));
    await runProcess({ process: source, stopWithinMs: 10_000, start });
    expect(said).toEqual(['cityloop: there is no pack "x" (PACK_MISSING)\n']);
    expect(source.exits).toEqual([1]);
  });
});
