import type { EventLog, LogRecord, Topic } from './event-log.ts';
import { toTheEnds } from './to-the-ends.ts';

/**
 * Reads a topic from its earliest records to where it ends when this is called, for tools. `onBatch` gets
 * records of one partition, in order, one call at a time; what it throws ends the scan.
 */
export async function scan(
  log: Pick<EventLog, 'ends' | 'subscribe'>,
  topic: Topic,
  onBatch: (records: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  using ahead = await toTheEnds(log, topic);
  if (ahead.through) return;
  let turn: Promise<void> = Promise.resolve();

  async function take(records: readonly LogRecord[]): Promise<void> {
    const last = ahead.last(records[0]?.partition ?? -1);
    const within = records.filter(({ position }) => last !== undefined && position <= last);
    if (within.length > 0) await onBatch(within);
    for (const { partition, position } of records) ahead.reached(partition, position);
  }

  await using _reader = await log.subscribe({
    topic,
    from: async () => [],
    onBatch(records) {
      turn = turn.then(() => take(records));
      // A reader is given again what it refuses; a tool ends.
      turn.catch((error: unknown) => ahead.giveUp(error));
      return turn.catch(() => undefined);
    },
  });
  await ahead.done;
}
