import { describe, expect, it } from 'vitest';
import { RecentMap } from './recent-map.ts';

describe('a map of what is recent', () => {
  it('has what was set last, as many as promised, and forgets what is older', () => {
    const map = new RecentMap<number, string>(10);
    for (let n = 0; n < 1_000; n++) {
      map.set(n, `v${n}`);
      for (let back = 0; back < Math.min(10, n + 1); back++) {
        expect(map.get(n - back)).toBe(`v${n - back}`);
      }
    }
    expect(map.get(979)).toBeUndefined();
  });

  it('keeps alive what is set again, with its newest value', () => {
    const map = new RecentMap<string, number>(4);
    for (let n = 0; n < 50; n++) {
      map.set('kept', n);
      map.set(`other ${n}`, n);
      expect(map.get('kept')).toBe(n);
    }
  });

  it('forgets what is deleted in whichever generation it is', () => {
    const map = new RecentMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.delete('a');
    expect(map.get('a')).toBeUndefined();
    expect(map.get('b')).toBe(2);
  });
});
