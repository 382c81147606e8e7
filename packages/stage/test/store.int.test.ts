import { encodeEvent } from '@cityloop/contracts';
import { filed } from '@cityloop/testing';
import { expect, it } from 'vitest';
import { stageStoreConformance } from './store-conformance.ts';
import { memoryWorld, outboxWorld, postgresWorld } from './store-world.ts';

stageStoreConformance('in memory', memoryWorld);
stageStoreConformance('in Postgres', postgresWorld);
stageStoreConformance('with an outbox', outboxWorld);

it('an outbox gives nothing out before its turn to be published', async () => {
  await using world = await outboxWorld();
  const { events } = filed();
  await world.record(events);
  const last = events.at(-1);
  if (last === undefined) throw new Error('the story has an end');
  expect(await world.store.published([last])).toEqual([]);
  await world.published();
  expect(await world.store.published([last])).toEqual([
    { key: last.incidentId, body: encodeEvent(last) },
  ]);
});
