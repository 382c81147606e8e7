import { setTimeout as after } from 'node:timers/promises';
import { createMemoryEventLog, type MemoryEventLog } from '@cityloop/event-log';
import { expect, it, onTestFinished } from 'vitest';
import { type CatchUpOptions, catchUp } from './catch-up.ts';
import type { OffsetWrite } from './store.ts';

const stored = (position: number): OffsetWrite => ({
  topic: 'incidents',
  partition: 0,
  position,
  eventId: '',
});

/** A stage on a log with these records; those called "lost" it has recorded itself and knows no more. */
async function stage(...keys: readonly string[]) {
  const log = createMemoryEventLog();
  onTestFinished(() => log[Symbol.asyncDispose]());
  await publish(log, ...keys);
  const offsets = new Map<string, OffsetWrite>();
  const quiet: string[] = [];
  const begun: string[] = [];
  const options: CatchUpOptions = {
    log,
    store: {
      readOffset: async (topic) => [...offsets.values()].filter((o) => o.topic === topic),
      async saveOffsets(given) {
        for (const offset of given) offsets.set(offset.topic, offset);
      },
      forgetOffset: async (topic) => void offsets.delete(topic),
      notBegun: async () => quiet.filter((key) => !begun.includes(key)),
    },
    taking: {
      hasLost: async (records) => records.some(({ key }) => key === 'lost'),
      async takeBack(records) {
        quiet.push(...records.map(({ key }) => key).filter((key) => key !== 'lost'));
        return records.filter(({ key }) => key === 'lost').length;
      },
    },
    engine: { begin: async (id) => void begun.push(id) },
  };
  return { options, log, offsets, quiet, begun };
}

const publish = (log: MemoryEventLog, ...keys: readonly string[]) =>
  log.publish(
    'incidents',
    keys.map((key) => ({ key, body: '{"id":""}' })),
  );

it('leaves everything to the ordinary reader where nothing was lost', async () => {
  const { options, quiet, begun } = await stage('a', 'b');
  expect(await catchUp(options)).toBe(0);
  expect([quiet, begun]).toEqual([[], []]);
});

it('takes back what was lost, and begins what came beside it', async () => {
  const { options, quiet, begun, offsets } = await stage('a', 'lost', 'b', 'lost');
  expect(await catchUp(options)).toBe(2);
  expect([quiet, begun]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  expect(offsets.size).toBe(0);
});

it('has nothing to do where all is stored', async () => {
  const { options, offsets } = await stage('lost');
  offsets.set('incidents', stored(1));
  expect(await catchUp(options)).toBe(0);
});

it('does not wait for what another replica has taken meanwhile', async () => {
  const { options, offsets } = await stage('a');
  const { ends } = options.log;
  const log = {
    ...options.log,
    async ends(topic: 'incidents') {
      const found = await ends(topic);
      offsets.set('incidents', stored(1));
      return found;
    },
  };
  expect(await catchUp({ ...options, log })).toBe(0);
});

it('begins all that was taken quietly, but nothing that came later', async () => {
  const { options, log, begun } = await stage('lost', 'before');
  const engine = {
    async begin(id: string) {
      begun.push(id);
      // The system is at work meanwhile: what comes now is not to be taken quietly any more.
      await publish(log, 'meanwhile').then(() => after(50));
    },
  };
  await catchUp({ ...options, engine });
  expect(begun).toEqual(['before']);
});

it('goes on where a process died before it had begun what it took', async () => {
  const { options, offsets, begun } = await stage('lost', 'a');
  const dies = {
    begin: () => Promise.reject(new Error('the process is gone')),
  };
  await expect(catchUp({ ...options, engine: dies })).rejects.toThrow('gone');
  offsets.set('incidents', stored(2));
  expect(await catchUp(options)).toBe(0);
  expect(begun).toEqual(['a']);
  expect(offsets.has('catch-up')).toBe(false);
});
