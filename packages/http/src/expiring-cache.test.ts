import { describe, expect, it } from 'vitest';
import { handClock } from '../test/server-fixture.ts';
import { createExpiringCache } from './expiring-cache.ts';

describe('the expiring cache', () => {
  it('forgets an entry at its time, not before', () => {
    const clock = handClock(1_000);
    const cache = createExpiringCache<number>(clock, 10);
    cache.set('a', 1, 2_000);
    clock.advance(999);
    expect(cache.get('a')).toBe(1);
    clock.advance(1);
    expect(cache.get('a')).toBeUndefined();
  });

  it('keeps what is used and lets go of what is not', () => {
    const clock = handClock(0);
    const cache = createExpiringCache<number>(clock, 10);
    cache.set('used', 1, 1_000);
    cache.set('unused', 2, 1_000);
    for (let index = 0; index < 100; index += 1) {
      cache.set(`other-${index}`, index, 1_000);
      expect(cache.get('used')).toBe(1);
    }
    expect(cache.get('unused')).toBeUndefined();
  });

  it('holds no more than its capacity', () => {
    const clock = handClock(0);
    const cache = createExpiringCache<number>(clock, 10);
    for (let index = 0; index < 100; index += 1) cache.set(String(index), index, 1_000);
    const held = Array.from({ length: 100 }, (_, index) => cache.get(String(index)));
    expect(held.filter((value) => value !== undefined).length).toBeLessThanOrEqual(10);
    expect(cache.get('99')).toBe(99);
  });
});
