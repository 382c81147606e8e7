import { type HandOverEvent, isHandOver, type Stage } from '@cityloop/contracts';
import type { EventLog, LogRecord, Subscription } from '@cityloop/event-log';
import { Unavailable } from '@cityloop/kernel';
import type { Engine } from './engine.ts';
import type { Parking } from './parking.ts';
import type { PolicySource } from './policy-source.ts';
import type { StageStore } from './store.ts';

export type ArrivalsOptions = {
  readonly engine: Engine;
  readonly log: EventLog;
  readonly store: StageStore;
  readonly policies: PolicySource;
  readonly parking: Parking;
};

/** Hand-overs submitted and not yet taken; beyond it the reader waits. */
const MOST_UNDER_WAY = 4_000;

/**
 * Reads the log for one stage: hand-overs to it become work for its engine, in order; everything else
 * is passed over by a look at whom it is for. What cannot be read is set aside with its incident.
 */
export async function startArrivals(options: ArrivalsOptions): Promise<Subscription> {
  const { engine, log, store, policies, parking } = options;
  const { stage } = engine;

  const ending = Promise.withResolvers<never>();
  ending.promise.catch(() => undefined); // heard by whoever waits at the time
  let underWay = 0;
  let room: (() => void) | undefined;

  async function take(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      if (!isFor(stage, record)) continue;
      const event = handOverIn(record);
      if (event === undefined) await setAside(record);
      else if (event === 'not-ours') continue;
      else await submit(event, record);
    }
  }

  /** Hand-overs published once more: taken if they are still news, without a place in the log. */
  async function takeAgain(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      if (!isFor(stage, record)) continue;
      const event = handOverIn(record);
      if (event === undefined || event === 'not-ours') continue;
      await engine.arrive(event).catch(() => undefined); // the next round publishes it once more
    }
  }

  async function submit(event: HandOverEvent, record: LogRecord): Promise<void> {
    const revision = event.data.dossier?.policyRevision ?? 0;
    if (revision > policies.current().revision) {
      await Promise.race([policies.atLeast(revision), ending.promise]);
    }
    const { partition, position } = record;
    underWay += 1;
    // Never refused but when the engine stops: then the next start reads it again.
    engine
      .arrive(event, { partition, position })
      .catch(() => undefined)
      .finally(() => {
        underWay -= 1;
        room?.();
      });
    if (underWay < MOST_UNDER_WAY) return;
    const roomy = new Promise<void>((resolve) => {
      room = resolve;
    });
    await Promise.race([roomy, ending.promise]);
  }

  /** The hand-over in a record; undefined when it must be set aside. */
  function handOverIn(record: LogRecord): HandOverEvent | 'not-ours' | undefined {
    const decoded = record.decoded();
    if (decoded.kind !== 'event') return undefined;
    const { event } = decoded;
    if (event.custodian !== stage || !isHandOver(event.type)) return 'not-ours';
    return parking.holds(event.incidentId) ? undefined : (event as HandOverEvent); // told just above
  }

  async function setAside(record: LogRecord): Promise<void> {
    const decoded = record.decoded();
    switch (decoded.kind) {
      case 'event':
        // Perhaps no more: it may have been replayed through another process.
        await parking.refresh();
        if (parking.holds(record.key)) {
          return parking.park(record, record.key, 'INCIDENT_PARKED', 'an earlier record waits');
        }
        return take([record]);
      case 'unknown':
        return parking.park(record, decoded.incidentId, 'EVENT_TYPE_UNKNOWN', decoded.type);
      case 'poison':
        return parking.park(record, record.key, decoded.code, decoded.reason);
    }
  }

  const first = await log.subscribe({
    topic: 'incidents',
    group: stage,
    async from() {
      await parking.refresh();
      return store.readOffset('incidents');
    },
    onBatch: take,
  });
  const again = await log.subscribe({
    topic: 'again',
    group: stage,
    from: async () => 'end',
    onBatch: takeAgain,
  });
  return {
    get active() {
      return first.active;
    },
    lag: () => first.lag(),
    silentMs: () => Math.max(first.silentMs(), again.silentMs()),
    async [Symbol.asyncDispose]() {
      ending.reject(new Unavailable('STOPPING', 'the reader is stopping'));
      await again[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
    },
  };
}

/** Passes over what is for others before anything is parsed. */
function isFor(stage: Stage, record: LogRecord): boolean {
  const addressee = record.addressee();
  return addressee === undefined || addressee === stage;
}
