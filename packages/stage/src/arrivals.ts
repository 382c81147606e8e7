import type { EventLog, LogRecord, Subscription } from '@cityloop/event-log';
import type { Parking } from './parking.ts';
import type { OffsetWrite, StageStore } from './store.ts';
import type { Taking } from './taking.ts';

export type ArrivalsOptions = {
  readonly stage: string;
  readonly log: EventLog;
  readonly store: Pick<StageStore, 'readOffset' | 'saveOffsets' | 'forgetOffset'>;
  readonly taking: Taking;
  readonly parking: Pick<Parking, 'refresh'>;
  /** Whether hand-overs that were not taken come on a topic of their own. */
  readonly again: boolean;
  /** How often it is noted down that nothing was for this stage, ms: a start reads that much again. */
  readonly saveEveryMs?: number;
  onFailure?(error: unknown): void;
};

/** Somebody may be waiting for a hand-over: it is not held up for longer than a commit takes. */
const GATHER_MS = 8;

/** Reads the log for one stage, for ever: see `Taking` for what becomes of its records. */
export async function startArrivals(options: ArrivalsOptions): Promise<Subscription> {
  const { stage, log, store, taking, parking } = options;
  /** The last record read of each partition; noted down if everything before it is durable. */
  const read = new Map<number, LogRecord>();

  const first = await log.subscribe({
    topic: 'incidents',
    group: stage,
    gatherMs: GATHER_MS,
    async from() {
      await parking.refresh();
      read.clear();
      return store.readOffset('incidents');
    },
    replaced: (partition) => store.forgetOffset('incidents', partition),
    async onBatch(records) {
      await taking.take(records);
      const last = records.at(-1);
      if (last !== undefined) read.set(last.partition, last);
    },
  });
  const again = options.again
    ? await log.subscribe({
        topic: 'again',
        group: stage,
        from: async () => 'end',
        onBatch: taking.takeAgain,
      })
    : undefined;

  async function save(): Promise<void> {
    const through = [...read.values()].filter(({ partition }) => taking.underWay(partition) === 0);
    for (const { partition } of through) read.delete(partition);
    await store.saveOffsets(through.flatMap(offsetOf));
  }
  const saveOrTell = () => save().catch((error: unknown) => options.onFailure?.(error));
  const { saveEveryMs } = options;
  const saving =
    saveEveryMs === undefined ? undefined : setInterval(() => void saveOrTell(), saveEveryMs);
  saving?.unref();

  return {
    get active() {
      return first.active;
    },
    lag: () => first.lag(),
    silentMs: () => Math.max(first.silentMs(), again?.silentMs() ?? 0),
    async [Symbol.asyncDispose]() {
      clearInterval(saving);
      taking.stop();
      await again?.[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
      // A start reads it again if not.
      await saveOrTell();
    },
  };
}

/** By its first bytes: most of these nobody here has parsed. */
function offsetOf({ partition, position, body }: LogRecord): OffsetWrite[] {
  const eventId = /"id":"([^"\\]{1,64})"/.exec(body.slice(0, 300))?.[1];
  return eventId === undefined ? [] : [{ topic: 'incidents', partition, position, eventId }];
}
