import { decodeEvent, type Incident, type IncidentEvent } from '@cityloop/contracts';
import { fold } from '@cityloop/incident';
import { fromIso, NotFound, Unavailable } from '@cityloop/kernel';
import type { Loop } from './loop.ts';

/** How long the ledger is waited for, and between two looks, ms. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 20;
/** More than any incident ever has. */
const EVENTS_MOST = 10_000;

/** The ledger follows the log by a moment: waits for the version asked for, 2 s at most. */
export async function historyUpTo(
  loop: Loop,
  id: string,
  wanted: number,
  page: { readonly from: number; readonly limit: number },
): Promise<readonly string[]> {
  const patience = performance.now() + PATIENCE_MS;
  for (;;) {
    const events = await loop.history(id, page.from, page.limit);
    const enough = page.from + events.length > wanted || events.length === page.limit;
    if (enough || performance.now() > patience) return events;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** An incident as it stood at an instant, with all that had been recorded by then. */
export type Past = {
  readonly incident: Incident;
  readonly events: readonly IncidentEvent[];
  readonly atMs: number;
};

/**
 * The incident as it stood at `atMs`: what was recorded by then, folded; of an imported one what had
 * happened by then. `NotFound` `NOT_YET_REPORTED` before its beginning.
 */
export async function pastOf(loop: Loop, present: Incident, atMs: number): Promise<Past> {
  const bodies = await historyUpTo(loop, present.id, present.version, {
    from: 1,
    limit: EVENTS_MOST,
  });
  const events: IncidentEvent[] = [];
  let incident: Incident | undefined;
  for (const event of bodies.map(eventOf)) {
    const at = incident?.imported === true ? event.occurredAt : event.recordedAt;
    const born = event.type === 'intake.reported' ? event.data.incident.reportedAt : undefined;
    if (fromIso(born ?? at) > atMs) break;
    incident = fold(incident, event);
    events.push(event);
  }
  if (incident !== undefined) return { incident, events, atMs };
  throw new NotFound(
    'NOT_YET_REPORTED',
    '该时刻案件尚未上报 / the incident had not been reported by then',
    { reportedAt: present.reportedAt },
  );
}

function eventOf(body: string): IncidentEvent {
  const decoded = decodeEvent(body);
  if (decoded.kind === 'event') return decoded.event;
  throw new Unavailable('HISTORY_UNREADABLE', '案件历史无法读取 / history cannot be read');
}
