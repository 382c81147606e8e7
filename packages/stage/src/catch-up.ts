import { type EventLog, type LogRecord, toTheEnds } from '@cityloop/event-log';
import type { Engine } from './engine.ts';
import type { OffsetWrite, StageStore } from './store.ts';
import type { Taking } from './taking.ts';

export type CatchUpOptions = {
  readonly engine: Pick<Engine, 'begin'>;
  readonly log: Pick<EventLog, 'ends' | 'subscribe'>;
  readonly store: Pick<StageStore, 'readOffset' | 'saveOffsets' | 'forgetOffset' | 'notBegun'>;
  readonly taking: Pick<Taking, 'takeBack' | 'hasLost'>;
};

/** Noted down while hand-overs are taken and not begun: whoever starts next goes on with it. */
const UNDER_WAY: OffsetWrite = { topic: 'catch-up', partition: 0, position: 1, eventId: '' };
const PAGE = 500;

/**
 * Looks through the log from what is stored to where it ended when this was called, before anything else is
 * done: a database restored from a backup does not know what this service has recorded since. If so, its own
 * events are taken back and hand-overs taken, in their order; then the stage does about these what it does of
 * itself, where it has not done so yet. Answers how many events were taken back.
 */
export async function catchUp(options: CatchUpOptions): Promise<number> {
  const { store, taking } = options;
  const cutOff = (await store.readOffset(UNDER_WAY.topic)).length > 0;
  let lost = false;
  if (!cutOff) {
    await toTheEnd(options, async (records) => {
      lost ||= await taking.hasLost(records);
    });
    if (!lost) return 0;
    await store.saveOffsets([UNDER_WAY]);
  }
  let recalled = 0;
  await toTheEnd(options, async (records) => {
    recalled += await taking.takeBack(records);
  });
  // Nothing more is taken quietly by now: whatever comes later is begun as it comes.
  await beginAll(options);
  await store.forgetOffset(UNDER_WAY.topic, UNDER_WAY.partition);
  return recalled;
}

/** Reads what is beyond the stored offsets; resolves when it has reached the ends of now. */
async function toTheEnd(
  { log, store }: CatchUpOptions,
  take: (records: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  using ahead = await toTheEnds(log, 'incidents', await store.readOffset('incidents'));
  if (ahead.through) return;
  await using _reader = await log.subscribe({
    topic: 'incidents',
    async from() {
      const stored = await store.readOffset('incidents');
      // Another replica stores as well: what it has taken since does not come here any more.
      for (const { partition, position } of stored) ahead.reached(partition, position);
      return stored;
    },
    replaced: (partition) => store.forgetOffset('incidents', partition),
    async onBatch(records) {
      await take(records);
      for (const { partition, position } of records) ahead.reached(partition, position);
    },
  });
  await ahead.done;
}

async function beginAll({ engine, store }: CatchUpOptions): Promise<void> {
  let after: string | undefined;
  do {
    const ids = await store.notBegun(PAGE, after);
    await Promise.all(ids.map((id) => engine.begin(id)));
    after = ids.length === PAGE ? ids.at(-1) : undefined;
  } while (after !== undefined);
}
