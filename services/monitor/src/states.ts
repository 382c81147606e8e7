import { type Incident, type IncidentEvent, isHandOver } from '@cityloop/contracts';
import type { LogRecord } from '@cityloop/event-log';
import { fold } from '@cityloop/incident';
import { RecentMap } from '@cityloop/kernel';
import type { Logger } from '@cityloop/runtime';
import type { Histories, Told } from './replay.ts';

/** States kept folded, at least; those untouched for long are read from the log again. */
const KEPT = 10_000;

/** The newest states of the incidents a reader has lately met. */
export type States = {
  /**
   * Each event of these records with the state after it (or a newer one, where that is known already).
   * Full reader: a version is dropped, applied or, when one is missing, made good from the log's own
   * history. What cannot be read, or has no beginning anywhere, is passed over.
   */
  take(records: readonly LogRecord[]): Promise<readonly Told[]>;
  get(incidentId: string): Incident | undefined;
};

export function createStates(histories: Histories, logger: Pick<Logger, 'error'>): States {
  const states = new RecentMap<string, Incident>(KEPT);

  function remember(id: string, state: Incident): Incident {
    states.set(id, state);
    return state;
  }

  /** Fetches what has to be known to fold these records, in one query. */
  async function recall(records: readonly LogRecord[]): Promise<void> {
    const missing = unknownAmong(records, states);
    if (missing.length === 0) return;
    for (const [id, events] of await histories(missing)) {
      const state = events.reduce<Incident | undefined>((s, e) => folded(s, e), undefined);
      if (state !== undefined) remember(id, state);
    }
  }

  function folded(before: Incident | undefined, event: IncidentEvent): Incident | undefined {
    try {
      return fold(before, event);
    } catch (error) {
      const { incidentId, version, type } = event;
      logger.error({ err: error, incidentId, version, type }, 'event has no beginning');
      return before;
    }
  }

  function after(record: LogRecord, event: IncidentEvent): Incident | undefined {
    const before = states.get(event.incidentId);
    if (before !== undefined && before.version >= event.version) return record.after ?? before;
    const state = record.after ?? folded(before, event);
    return state && remember(event.incidentId, state);
  }

  return {
    async take(records) {
      await recall(records);
      const told: Told[] = [];
      for (const record of records) {
        const decoded = record.decoded();
        if (decoded.kind === 'event') {
          const { position } = record;
          const state = after(record, decoded.event);
          if (state !== undefined) told.push({ position, event: decoded.event, after: state });
        } else logger.error({ position: record.position, kind: decoded.kind }, 'event passed over');
      }
      return told;
    },
    get: (incidentId) => states.get(incidentId),
  };
}

/** Incidents whose next event cannot be folded: they are not known up to the version before it. */
export function unknownAmong(
  records: readonly Pick<LogRecord, 'decoded' | 'after'>[],
  known: { get(id: string): Pick<Incident, 'version'> | undefined },
): string[] {
  const missing = new Set<string>();
  const reached = new Map<string, number>();
  for (const record of records) {
    const decoded = record.decoded();
    if (decoded.kind !== 'event') continue;
    const { incidentId, type, version } = decoded.event;
    const before = reached.get(incidentId) ?? known.get(incidentId)?.version ?? 0;
    const whole = isHandOver(type) || record.after !== undefined;
    if (!whole && version > before + 1) missing.add(incidentId);
    reached.set(incidentId, Math.max(before, version));
  }
  return [...missing];
}
