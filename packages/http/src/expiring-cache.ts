import type { Clock } from '@cityloop/kernel';

type Entry<Value> = { readonly value: Value; readonly until: number };

/**
 * Remembers values until a time, at most `capacity` of them. Least recently used go first, in two
 * generations: a hit costs one lookup and no reordering.
 */
export type ExpiringCache<Value> = {
  /** Nothing once the clock has reached the entry's time. */
  get(key: string): Value | undefined;
  /** `until` in milliseconds since the epoch. */
  set(key: string, value: Value, until: number): void;
};

/** An empty cache on `clock`. */
export function createExpiringCache<Value>(clock: Clock, capacity: number): ExpiringCache<Value> {
  const generation = Math.max(1, Math.floor(capacity / 2));
  let young = new Map<string, Entry<Value>>();
  let old = new Map<string, Entry<Value>>();

  function put(key: string, entry: Entry<Value>): void {
    if (young.size >= generation) {
      old = young;
      young = new Map();
    }
    young.set(key, entry);
  }

  return {
    get(key) {
      let entry = young.get(key);
      if (entry === undefined) {
        entry = old.get(key);
        if (entry === undefined) return undefined;
        old.delete(key);
        put(key, entry);
      }
      if (clock.now() < entry.until) return entry.value;
      young.delete(key);
      return undefined;
    },
    set: (key, value, until) => put(key, { value, until }),
  };
}
