import { type HandOverEvent, isHandOver, type Stage } from '@cityloop/contracts';
import type { EventLog, LogRecord, Position, Subscription } from '@cityloop/event-log';
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

/**
 * Reads the log for one stage: hand-overs to it become work for its engine, in order; everything else
 * is passed over by a look at whom it is for. What cannot be read is set aside with its incident.
 */
export function startArrivals(options: ArrivalsOptions): Promise<Subscription> {
  const { engine, log, store, policies, parking } = options;
  const { stage } = engine;

  async function take(records: readonly LogRecord[]): Promise<void> {
    const taken: Promise<void>[] = [];
    for (const record of records) {
      const event = await handOverIn(record);
      if (event === undefined) continue;
      const revision = event.data.dossier?.policyRevision ?? 0;
      if (revision > policies.current().revision) await policies.atLeast(revision);
      const { partition, position } = record;
      taken.push(engine.arrive(event, { partition, position }));
    }
    await Promise.all(taken);
  }

  async function handOverIn(record: LogRecord): Promise<HandOverEvent | undefined> {
    if (!isFor(stage, record)) return undefined;
    const decoded = record.decoded();
    if (decoded.kind === 'event') {
      const { event } = decoded;
      if (event.custodian !== stage || !isHandOver(event.type)) return undefined;
      const handOver = event as HandOverEvent; // the line above has told
      if (!parking.holds(event.incidentId)) return handOver;
      await parking.park(record, event.incidentId, 'INCIDENT_PARKED', 'an earlier record waits');
      return undefined;
    }
    const incidentId = decoded.kind === 'unknown' ? decoded.incidentId : record.key;
    const code = decoded.kind === 'unknown' ? 'EVENT_TYPE_UNKNOWN' : decoded.code;
    const reason = decoded.kind === 'unknown' ? decoded.type : decoded.reason;
    await parking.park(record, incidentId, code, reason);
    return undefined;
  }

  return log.subscribe({
    topic: 'incidents',
    group: stage,
    from: () => startOf(store, log),
    onBatch: take,
  });
}

/** Looks at the first bytes before anything is parsed. */
function isFor(stage: Stage, record: LogRecord): boolean {
  const at = record.body.indexOf('","custodian":"');
  return at > 100 || at < 0 || record.body.startsWith(stage, at + 15);
}

/**
 * Where reading begins: behind the last record whose effect is stored. If the log has another record
 * there than the one we remember (it was restored or replaced), everything is read again: what is
 * known already falls away.
 */
async function startOf(store: StageStore, log: EventLog): Promise<readonly Position[]> {
  const offsets = await store.readOffset('incidents');
  const starts: Position[] = [];
  for (const { partition, position, eventId } of offsets) {
    const [record] = await log.read('incidents', { partition, position }, 1);
    const same = record?.position === position && record.body.includes(`"id":"${eventId}"`);
    starts.push({ partition, position: same ? position + 1 : 1 });
  }
  return starts;
}
