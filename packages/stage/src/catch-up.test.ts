import { setTimeout as after } from 'node:timers/promises';
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

it('begins all that was taken quietly, also what came while it caught up', async () => {
  await using log = createMemoryEventLog();
  const publish = (key: string) => log.publish('incidents', [{ key, body: '{}' }]);
  await publish('before');
  const taken: string[] = [];
  const begun: string[] = [];
  await catchUp({
    log,
    store: { readOffset: async () => [], forgetOffset: async () => undefined },
    taking: {
      async takeBack(records) {
        const arrived = records.map(({ key }) => key);
        taken.push(...arrived);
        return { arrived, recalled: 0 };
      },
    },
    engine: {
      async begin(id) {
        begun.push(id);
        // The system is at work meanwhile: what comes now is not to be taken quietly any more.
        if (id === 'before') await publish('meanwhile').then(() => after(50));
      },
    },
  });
  expect(begun).toEqual(taken);
});
