import type { LookupAddress } from 'node:dns';
import { createLogger } from '@cityloop/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Replicas } from './replicas.ts';

const LOOKED_AGAIN_MS = 5_100;

describe('the replicas of a service', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  const names: Record<string, readonly LookupAddress[]> = {};
  const at = (...last: number[]) => last.map((n) => ({ address: `127.0.0.${n}`, family: 4 }));
  const open = () =>
    new Replicas({
      service: 'handling',
      urls: ['http://one:8083', 'http://two:8083'],
      token: 'a-token-of-more-than-thirty-two-characters',
      logger: createLogger({ name: 'test', level: 'silent' }),
      onIn: () => undefined,
      async lookup(hostname) {
        const found = names[hostname];
        if (found === undefined) throw new Error(`ENOTFOUND ${hostname}`);
        return found;
      },
    });

  it('are those whose names are known, whatever becomes of the other names', async () => {
    names['one'] = at(1);
    const replicas = open();
    await expect.poll(() => replicas.count().known).toBe(1);
    names['two'] = at(2, 3);
    vi.advanceTimersByTime(LOOKED_AGAIN_MS);
    await expect.poll(() => replicas.count().known).toBe(3);
    delete names['two'];
    names['one'] = at(1, 4);
    vi.advanceTimersByTime(LOOKED_AGAIN_MS);
    await expect.poll(() => replicas.count().known).toBe(4);
    expect(replicas.choose()).toBeDefined();
    replicas.close();
  });
});
