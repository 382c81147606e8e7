import { createMemoryEventLog } from '@cityloop/event-log';
import { expect, it } from 'vitest';
import { catchUp } from './catch-up.ts';

const last = { topic: 'incidents', partition: 0, position: 1, eventId: '' };

/** A log with one record, and a stage whose stored offset is `stored[n]` when it is read the nth time. */
async function behind(...stored: readonly (0 | 1)[]) {
  const log = createMemoryEventLog();
  await log.publish('incidents', [{ key: 'a', body: '{"id":""}' }]);
  const reads = [...stored];
  let taken = 0;
  const recalled = catchUp({
    log,
    engine: { begin: async () => undefined },
    store: {
      readOffset: async () => (reads.shift() === 1 ? [last] : []),
      forgetOffset: async () => undefined,
    },
    taking: {
      takeBack: async (records) => {
        taken += records.length;
        return { recalled: records.length, arrived: [] };
      },
    },
  });
  return { recalled: await recalled, taken };
}

it('reads to where the log ended', async () => {
  expect(await behind(0, 0)).toEqual({ recalled: 1, taken: 1 });
});

it('has nothing to do where all is stored', async () => {
  expect(await behind(1)).toEqual({ recalled: 0, taken: 0 });
});

it('does not wait for what another replica has taken meanwhile', async () => {
  expect(await behind(0, 1)).toEqual({ recalled: 0, taken: 0 });
});
