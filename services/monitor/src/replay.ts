import { type Incident, type IncidentEvent, isHandOver } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import { fold } from '@cityloop/incident';

/** One event with the state after it and its place in the log. */
export type Told = {
  readonly position: number;
  readonly event: IncidentEvent;
  readonly after: Incident;
};

export type Histories = (
  ids: readonly string[],
) => Promise<ReadonlyMap<string, readonly IncidentEvent[]>>;

/**
 * Tells again what stands in the log from `from` on, at most `limit` records, each with the state
 * right after it: what a stream needs that was away for a while.
 */
export async function replay(
  options: { readonly log: Pick<EventLog, 'read'>; readonly histories: Histories },
  from: number,
  limit: number,
): Promise<readonly Told[]> {
  const records = await options.log.read('incidents', { partition: 0, position: from }, limit);
  const events: { position: number; event: IncidentEvent }[] = [];
  const first = new Map<string, IncidentEvent>();
  for (const record of records) {
    const decoded = record.decoded();
    if (decoded.kind !== 'event') continue;
    const { event } = decoded;
    events.push({ position: record.position, event });
    if (!first.has(event.incidentId)) first.set(event.incidentId, event);
  }
  const states = await statesBefore([...first.values()], options.histories);
  return events.map(({ position, event }) => {
    const before = states.get(event.incidentId);
    const after = fold(before, event);
    states.set(event.incidentId, after);
    return { position, event, after };
  });
}

/** What each incident was before its first event here; births and hand-overs need nothing before. */
async function statesBefore(
  firsts: readonly IncidentEvent[],
  histories: Histories,
): Promise<Map<string, Incident>> {
  const states = new Map<string, Incident>();
  const wanted = firsts.filter(({ version, type }) => version > 1 && !isHandOver(type));
  if (wanted.length === 0) return states;
  const found = await histories(wanted.map((event) => event.incidentId));
  for (const { incidentId, version } of wanted) {
    const earlier = (found.get(incidentId) ?? []).filter((event) => event.version < version);
    const state = earlier.reduce<Incident | undefined>((s, e) => fold(s, e), undefined);
    if (state !== undefined) states.set(incidentId, state);
  }
  return states;
}
