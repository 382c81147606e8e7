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
    await engine.arrive(event as HandOverEvent); // told by the line above
  });
}
