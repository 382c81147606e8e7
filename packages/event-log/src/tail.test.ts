import { describe, expect, it } from 'vitest';
import type { LogRecord } from './event-log.ts';
import { storedRecord } from './record.ts';
import { Tail } from './tail.ts';

const record = (position: number): LogRecord => storedRecord({ partition: 0, position }, 'k', '{}');

/** A tail of a store that has what is put into it. */
function tailOf(store: LogRecord[]): Tail {
  return new Tail(async (from, limit) =>
    store.filter(({ position }) => position >= from).slice(0, limit),
  );
}

describe('a tail', () => {
  it('has heard of nobody else while all there is was announced here', async () => {
    const store: LogRecord[] = [];
    const tail = tailOf(store);
    store.push(record(1));
    tail.announce(1, [record(1)]);
    expect(await tail.look()).toBe(true);
    expect(await tail.look()).toBe(false);
    expect(tail.othersSilentMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('has heard of others once it has read what was not', async () => {
    const store = [record(1)];
    const tail = tailOf(store);
    tail.announce(1, [record(1)]);
    await tail.look();
    store.push(record(2));
    expect(await tail.look()).toBe(true);
    expect(tail.othersSilentMs()).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(await tail.from(2, 10)).toHaveLength(1);
  });
});
