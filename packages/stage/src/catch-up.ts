import type { EventLog } from '@cityloop/event-log';
import type { Engine } from './engine.ts';
import type { StageStore } from './store.ts';
import type { Taking } from './taking.ts';

export type CatchUpOptions = {
  readonly engine: Pick<Engine, 'begin'>;
  readonly log: Pick<EventLog, 'ends' | 'subscribe'>;
  readonly store: Pick<StageStore, 'readOffset' | 'forgetOffset'>;
  readonly taking: Pick<Taking, 'takeBack'>;
};

/**
 * Reads the log from what is stored to where it ended when this was called, before anything else is done: a
 * database restored from a backup does not know what this service has recorded since. Its own events are
 * taken back and hand-overs taken, in their order; then the stage does about these what it does of itself,
 * where it has not done so yet. Answers how many events were taken back.
 */
export async function catchUp(options: CatchUpOptions): Promise<number> {
  const { engine, log, store, taking } = options;
  const open = await beyond(log, await store.readOffset('incidents'));
  if (open.size === 0) return 0;
  const through = Promise.withResolvers<void>();
  const arrived = new Set<string>();
  let recalled = 0;
  const reached = (partition: number, position: number): void => {
    if (position >= (open.get(partition) ?? Number.POSITIVE_INFINITY)) open.delete(partition);
    if (open.size === 0) through.resolve();
  };
  {
    await using _reader = await log.subscribe({
      topic: 'incidents',
      async from() {
        const stored = await store.readOffset('incidents');
        // Another replica stores as well: what it has taken since does not come here any more.
        for (const { partition, position } of stored) reached(partition, position);
        return stored;
      },
      replaced: (partition) => store.forgetOffset('incidents', partition),
      async onBatch(records) {
        const taken = await taking.takeBack(records);
        recalled += taken.recalled;
        for (const id of taken.arrived) arrived.add(id);
        for (const { partition, position } of records) reached(partition, position);
      },
    });
    await through.promise;
  }
  // Nothing more is taken quietly by now: whatever comes later is begun as it comes.
  await Promise.all([...arrived].map((id) => engine.begin(id)));
  return recalled;
}

/** The last position of each partition that has more than what is stored. */
async function beyond(
  log: CatchUpOptions['log'],
  stored: Awaited<ReturnType<CatchUpOptions['store']['readOffset']>>,
): Promise<Map<number, number>> {
  const reached = new Map(stored.map((s) => [s.partition, s.position]));
  const open = new Map<number, number>();
  for (const { partition, position } of await log.ends('incidents')) {
    if (position - 1 > (reached.get(partition) ?? 0)) open.set(partition, position - 1);
  }
  return open;
}
