import { type HandOverEvent, type IncidentEvent, isHandOver } from '@cityloop/contracts';
import type { LogRecord } from '@cityloop/event-log';
import { RuleViolation, Unavailable } from '@cityloop/kernel';
import type { Engine } from './engine.ts';
import type { Parking } from './parking.ts';
import type { PolicySource } from './policy-source.ts';
import type { StageStore } from './store.ts';

export type TakingOptions = {
  readonly engine: Pick<Engine, 'stage' | 'arrive' | 'recall'>;
  readonly store: Pick<StageStore, 'versions'>;
  readonly policies: PolicySource;
  readonly parking: Parking;
  /** Told of the stage's own events before they are taken back. */
  readonly recalled?: ((events: readonly IncidentEvent[]) => Promise<void>) | undefined;
};

/** What one stage makes of the records of the log. */
export type Taking = {
  /**
   * Hand-overs to the stage become work for its engine, in order; everything else is passed over by a look
   * at its first bytes. What cannot be read is set aside with its incident. Resolves when all is submitted.
   */
  take(records: readonly LogRecord[]): Promise<void>;
  /** The same for hand-overs published once more, which are no place in the log. */
  takeAgain(records: readonly LogRecord[]): Promise<void>;
  /**
   * The same while the stage finds out what it has recorded itself: its own events that are newer than its
   * rows are taken back, and of hand-overs nothing but that they came, for what the stage did about them
   * may follow. Resolves when all is durable; answers how many events came back.
   */
  takeBack(records: readonly LogRecord[]): Promise<number>;
  /** Whether there are any such events among these records. */
  hasLost(records: readonly LogRecord[]): Promise<boolean>;
  /** Works of a partition that were submitted and are not yet durable. */
  underWay(partition: number): number;
  /** Waits for nothing any more: the process is stopping. */
  stop(): void;
};

/** Hand-overs submitted and not yet taken; beyond it the reader waits. */
const MOST_UNDER_WAY = 4_000;

export function createTaking(options: TakingOptions): Taking {
  const { engine, store, policies, parking } = options;
  const { stage } = engine;
  const ending = Promise.withResolvers<never>();
  ending.promise.catch(() => undefined); // heard by whoever waits at the time
  const underWay = new Map<number, number>();
  let total = 0;
  /** Shared by the readers of all partitions that wait for room. */
  let room: PromiseWithResolvers<void> | undefined;
  let stopped = false;

  async function take(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      const event = await handOverIn(record);
      if (event !== undefined) await submit(event, record);
    }
  }

  async function takeAgain(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      const event = readable(record);
      if (event === undefined || event === 'not-ours') continue;
      await engine.arrive(event).catch(() => undefined); // the next round publishes it once more
    }
  }

  async function takeBack(records: readonly LogRecord[]) {
    const lost = await lostAmong(records);
    if (lost.size > 0) await options.recalled?.([...lost.values()]);
    const works: Promise<void>[] = [];
    for (const record of records) {
      const own = lost.get(record);
      if (own !== undefined) works.push(recall(own, record));
      const event = await handOverIn(record);
      if (event === undefined) continue;
      await knowPolicyOf(event);
      works.push(engine.arrive(event, placeOf(record), { quiet: true }));
    }
    await Promise.all(works);
    return lost.size;
  }

  /** What follows on an event that is nowhere any more waits for a person, and the rest goes on. */
  async function recall(own: IncidentEvent, record: LogRecord): Promise<void> {
    try {
      await engine.recall(own, record.body, placeOf(record));
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (!(cause instanceof RuleViolation)) throw error;
      await parking.park(record, own.incidentId, cause.code, cause.message);
    }
  }

  /** The stage's own events that are newer than its rows. */
  async function lostAmong(records: readonly LogRecord[]) {
    const own = records.filter((record) => isOf(stage, record));
    const lost = new Map<LogRecord, IncidentEvent>();
    if (own.length === 0) return lost;
    const versions = await store.versions([...new Set(own.map((record) => record.key))]);
    for (const record of own) {
      const decoded = record.decoded();
      if (decoded.kind !== 'event') continue;
      const { event } = decoded;
      if (event.version > (versions.get(event.incidentId) ?? 0)) lost.set(record, event);
    }
    return lost;
  }

  async function knowPolicyOf(event: HandOverEvent): Promise<void> {
    const revision = revisionOf(event);
    if (revision <= policies.current().revision) return;
    await Promise.race([policies.atLeast(revision), ending.promise]);
  }

  async function submit(event: HandOverEvent, record: LogRecord): Promise<void> {
    await knowPolicyOf(event);
    const { partition } = record;
    count(partition, 1);
    // Never refused but when the engine stops: then the next start reads it again.
    engine
      .arrive(event, placeOf(record))
      .catch(() => undefined)
      .finally(() => {
        count(partition, -1);
        if (total < MOST_UNDER_WAY) freeRoom();
      });
    while (total >= MOST_UNDER_WAY && !stopped) {
      room ??= Promise.withResolvers();
      await room.promise;
    }
    if (stopped) throw stopping();
  }

  function freeRoom(): void {
    room?.resolve();
    room = undefined;
  }

  function count(partition: number, change: 1 | -1): void {
    total += change;
    underWay.set(partition, (underWay.get(partition) ?? 0) + change);
  }

  /** The hand-over to this stage in a record, if it is one; what cannot be read is set aside. */
  async function handOverIn(record: LogRecord): Promise<HandOverEvent | undefined> {
    const event = readable(record);
    if (event === 'not-ours') return undefined;
    return event ?? (await setAside(record));
  }

  /** Undefined when it has to be set aside. */
  function readable(record: LogRecord): HandOverEvent | 'not-ours' | undefined {
    if (!concerns(stage, record)) return 'not-ours';
    const decoded = record.decoded();
    if (decoded.kind !== 'event') return undefined;
    const { event } = decoded;
    if (event.custodian !== stage || !isHandOver(event.type)) return 'not-ours';
    return parking.holds(event.incidentId) ? undefined : (event as HandOverEvent); // told just above
  }

  /** Answers a hand-over that need not be after all. */
  async function setAside(record: LogRecord): Promise<HandOverEvent | undefined> {
    const decoded = record.decoded();
    switch (decoded.kind) {
      case 'event':
        // Perhaps no more: it may have been replayed through another process.
        await parking.refresh();
        if (!parking.holds(record.key)) return handOverIn(record);
        await parking.park(record, record.key, 'INCIDENT_PARKED', 'an earlier record waits');
        return undefined;
      case 'unknown':
        await parking.park(record, decoded.incidentId, 'EVENT_TYPE_UNKNOWN', decoded.type);
        return undefined;
      case 'poison':
        await parking.park(record, record.key, decoded.code, decoded.reason);
        return undefined;
    }
  }

  return {
    take,
    takeAgain,
    takeBack,
    hasLost: async (records) => (await lostAmong(records)).size > 0,
    underWay: (partition) => underWay.get(partition) ?? 0,
    stop() {
      stopped = true;
      ending.reject(stopping());
      freeRoom();
    },
  };
}

/** The newest revision the dossier was made under: a clock may have begun under a newer one than the rest. */
function revisionOf({ data: { dossier } }: HandOverEvent): number {
  if (dossier === undefined) return 0;
  const clocks = Object.values(dossier.clocks).map(({ revision }) => revision);
  return Math.max(dossier.policyRevision, ...clocks);
}

const stopping = () => new Unavailable('STOPPING', 'the reader is stopping');

const placeOf = ({ partition, position }: LogRecord) => ({ partition, position });

/** Passes over what is for others, and our own events, before anything is parsed. */
function concerns(stage: string, record: LogRecord): boolean {
  const addressee = record.addressee();
  if (addressee === undefined) return true;
  return addressee === stage && !isOf(stage, record);
}

/** Whether the stage has recorded it itself. */
function isOf(stage: string, record: LogRecord): boolean {
  const type = record.type();
  return type?.startsWith(`${stage}.`) === true;
}
