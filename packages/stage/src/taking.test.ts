import type { HandOverEvent } from '@cityloop/contracts';
import type { LogRecord } from '@cityloop/event-log';
import { filed } from '@cityloop/testing';
import { expect, it } from 'vitest';
import { memoryParking } from './parking.ts';
import { createTaking } from './taking.ts';

const PARTITIONS = 12;
const EACH = 500;

function recordOf(event: HandOverEvent, partition: number, position: number): LogRecord {
  return {
    ...{ partition, position, key: event.incidentId },
    addressee: () => 'dispatch',
    type: () => event.type,
    decoded: () => ({ kind: 'event', event }),
  } as LogRecord; // all that is asked of it here
}

it('the readers of all partitions go on when there is room again', async () => {
  const open: (() => void)[] = [];
  const taking = createTaking({
    engine: {
      stage: 'dispatch',
      arrive: () => new Promise((resolve) => open.push(resolve)),
      recall: async () => undefined,
    },
    store: { versions: async () => new Map() },
    // Known to be the newest one.
    policies: { current: () => ({ revision: 9 }) } as Parameters<
      typeof createTaking
    >[0]['policies'],
    parking: memoryParking(),
  });
  const event = filed().events.at(-1) as HandOverEvent; // the filing
  let taken = 0;
  const readers = Array.from({ length: PARTITIONS }, async (_, partition) => {
    const records = Array.from({ length: EACH }, (_none, n) => recordOf(event, partition, n + 1));
    await taking.take(records);
    taken += 1;
  });
  // Nobody gets through while nothing of it is done: there is more than may be under way.
  await expect.poll(() => open.length).toBeGreaterThanOrEqual(4_000);
  expect(taken).toBeLessThan(PARTITIONS);
  while (taken < PARTITIONS) {
    for (const done of open.splice(0)) done();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(readers);
  for (const done of open) done();
  await expect.poll(() => taking.underWay(3)).toBe(0);
});
