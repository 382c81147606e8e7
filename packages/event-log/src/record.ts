import { type Decoded, decodeEvent, type IncidentEvent } from '@cityloop/contracts';
import type { LogRecord } from './event-log.ts';

/** A record as it came from a database: decoded when first asked. */
export function storedRecord(
  place: { readonly partition: number; readonly position: number },
  key: string,
  body: string,
): LogRecord {
  let decoded: Decoded | undefined;
  return {
    ...place,
    key,
    body,
    decoded() {
      decoded ??= decodeEvent(body);
      return decoded;
    },
  };
}

/** A record this process has just written: nothing to parse, the event is at hand. */
export function freshRecord(position: number, event: IncidentEvent, body: string): LogRecord {
  return {
    partition: 0,
    position,
    key: event.incidentId,
    body,
    decoded: () => ({ kind: 'event', event }),
  };
}
