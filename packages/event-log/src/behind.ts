import type { EventLog, Position, Topic } from './event-log.ts';

/** The last record of a partition whose effect a reader has stored. */
export type Stored = {
  readonly partition: number;
  readonly position: number;
  readonly eventId: string;
};

/**
 * Where reading goes on: behind each stored record. If the log has another record there than the one
 * stored (it was restored or replaced), that partition is read from its start: what is known already
 * falls away.
 */
export async function behind(
  log: EventLog,
  topic: Topic,
  stored: readonly Stored[],
): Promise<readonly Position[]> {
  const starts: Position[] = [];
  for (const { partition, position, eventId } of stored) {
    const [record] = await log.read(topic, { partition, position }, 1);
    const same = record?.position === position && record.body.includes(`"id":"${eventId}"`);
    starts.push({ partition, position: same ? position + 1 : 1 });
  }
  return starts;
}
