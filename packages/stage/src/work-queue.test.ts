import type { HandOverEvent } from '@cityloop/contracts';
import { describe, expect, it } from 'vitest';
import type { Work } from './work.ts';
import { WorkQueue } from './work-queue.ts';

const settle = { resolve: () => undefined, reject: () => undefined };
const nudge = (incidentId: string): Work => ({ kind: 'nudge', incidentId, ...settle });
/** A hand-over; with a place when the log's reader brings it. */
const arrival = (incidentId: string, position?: number): Work => ({
  kind: 'arrival',
  event: { incidentId } as HandOverEvent, // only its id is looked at here
  ...(position === undefined ? {} : { place: { partition: 0, position } }),
  ...settle,
});

function queueOf(...works: readonly Work[]): WorkQueue {
  const queue = new WorkQueue();
  for (const work of works) queue.push(work);
  return queue;
}

describe('works that wait', () => {
  it('are taken in the order they came, at most as many as asked', () => {
    const [a, b, c] = [nudge('a'), nudge('b'), nudge('c')];
    const queue = queueOf(a, b, c);
    expect(queue.take(2)).toEqual([a, b]);
    expect(queue.take(2)).toEqual([c]);
    expect(queue.take(2)).toEqual([]);
  });

  it('wait on while their incident is under way, and keep their order', () => {
    const [first, second, third, other] = [nudge('a'), nudge('a'), nudge('a'), nudge('b')];
    const queue = queueOf(first);
    const lane = queue.take(9);
    for (const work of [second, other, third]) queue.push(work);
    expect(queue.take(9)).toEqual([other]);
    queue.release(lane);
    expect(queue.take(9)).toEqual([second, third]);
  });

  it('are not overtaken when a full batch leaves one of their incident behind', () => {
    const [a, b, again] = [nudge('a'), nudge('b'), nudge('b')];
    const queue = queueOf(a, b, again);
    expect(queue.take(1)).toEqual([a]);
    expect(queue.take(1)).toEqual([b]);
    expect(queue.size).toBe(1);
  });

  it('from the log are in one batch at a time, and so is what follows on them', () => {
    const [one, two, after, free] = [arrival('a', 1), arrival('b', 2), nudge('b'), nudge('c')];
    const queue = queueOf(one);
    const lane = queue.take(9);
    for (const work of [two, after, free]) queue.push(work);
    expect(queue.take(9)).toEqual([free]);
    queue.release(lane);
    expect(queue.take(9)).toEqual([two, after]);
  });

  it('published once more hold nobody up', () => {
    const [read, again] = [arrival('a', 1), arrival('b')];
    const queue = queueOf(read);
    queue.take(9);
    queue.push(again);
    expect(queue.take(9)).toEqual([again]);
  });

  it('come first when they are put back', () => {
    const [a, b] = [nudge('a'), nudge('b')];
    const queue = queueOf(a);
    queue.release(queue.take(9));
    queue.push(b);
    queue.pushFront([a]);
    expect(queue.take(9)).toEqual([a, b]);
  });
});
