import { randomUUID } from 'node:crypto';
import { encodeEvent, type HandOverEvent, type IncidentEvent } from '@cityloop/contracts';
import type { BatchWrite, RowWrite } from '../src/store.ts';

/** A batch that writes nothing but what is named. */
export function batchOf(parts: Partial<Omit<BatchWrite, 'bodies' | 'states'>>): BatchWrite {
  const nothing = { rows: [], keys: [], offsets: [], taken: [], events: [], asks: [] };
  const whole = { ...nothing, ...parts };
  return { ...whole, bodies: whole.events.map(encodeEvent), states: [] };
}

/** The row of an incident that was just taken over by the hand-over. */
export function arrivalOf(event: HandOverEvent, rest: Partial<RowWrite> = {}): RowWrite {
  return {
    incidentId: event.incidentId,
    base: -event.version,
    version: event.version,
    since: event.version,
    custodian: 'handling',
    status: 'assigned',
    centreId: '310110',
    unitId: 'roads',
    ...rest,
  };
}

/** A note on an incident as its n-th event. */
export function noted(incidentId: string, version: number, text = 'a note'): IncidentEvent {
  const at = new Date().toISOString();
  return {
    id: randomUUID(),
    incidentId,
    version,
    custodian: 'handling',
    occurredAt: at,
    recordedAt: at,
    type: 'handling.noted',
    data: { by: { id: 'somebody', role: 'unit-member' }, text },
  };
}

export const answerOf = (id: string, version: number) => ({
  id,
  number: '310110-1',
  version,
  status: 'handling' as const,
  custodian: 'handling' as const,
});
