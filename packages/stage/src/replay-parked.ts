import { decodeEvent, type HandOverEvent, isHandOver } from '@cityloop/contracts';
import { RuleViolation } from '@cityloop/kernel';
import type { Engine } from './engine.ts';
import type { Parking } from './parking.ts';

/**
 * Takes what was set aside of one incident, in order, after whatever kept it from being read was
 * mended. What still cannot be read is refused with its reason and keeps waiting.
 */
export function replayParked(
  engine: Engine,
  parking: Parking,
  incidentId: string,
): Promise<number> {
  return parking.replay(incidentId, async (record) => {
    const decoded = decodeEvent(record.body);
    if (decoded.kind !== 'event') {
      throw new RuleViolation(
        'STILL_UNREADABLE',
        '仍无法读取该记录 / the record cannot be read yet',
        {
          position: record.position,
          reason: decoded.kind === 'poison' ? decoded.reason : decoded.type,
        },
      );
    }
    const { event } = decoded;
    if (event.custodian !== engine.stage || !isHandOver(event.type)) return;
    // Told by the line above. What is refused again keeps waiting where it is.
    await engine.arrive(event as HandOverEvent, undefined, { replayed: true });
  });
}

const MOST = 10_000;

/**
 * Takes the incidents that waited for a build that knows a type of event, and this one does: what an earlier
 * build set aside during an upgrade needs nobody's hand. Answers how many incidents wait no more.
 */
export async function replayKnown(engine: Engine, parking: Parking): Promise<number> {
  const waiting = new Set<string>();
  for (const { code, incidentId, body } of await parking.list(MOST)) {
    if (code !== 'EVENT_TYPE_UNKNOWN' || incidentId === undefined) continue;
    if (decodeEvent(body).kind === 'event') waiting.add(incidentId);
  }
  let taken = 0;
  for (const id of waiting) {
    const replayed = await replayParked(engine, parking, id).then(
      () => true,
      () => false, // something else of it still waits for a person
    );
    if (replayed) taken += 1;
  }
  return taken;
}
