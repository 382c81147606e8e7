import {
  type Decoded,
  decodeEvent,
  type Incident,
  type IncidentEvent,
  peekCustodian,
} from '@cityloop/contracts';
import type { LogRecord } from './event-log.ts';

/** A record as it came from a database: decoded when first asked, and then kept. */
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
    get bytes() {
      return Buffer.from(body);
    },
    addressee: () => peekCustodian(body),
    decoded() {
      decoded ??= decodeEvent(body);
      return decoded;
    },
  };
}

/** A record this process has just written: nothing to parse, the event is at hand. */
export function freshRecord(
  position: number,
  event: IncidentEvent,
  bytes: Buffer,
  after?: Incident,
): LogRecord {
  return {
    partition: 0,
    position,
    key: event.incidentId,
    bytes,
    after,
    get body() {
      return bytes.toString();
    },
    addressee: () => event.custodian,
    decoded: () => ({ kind: 'event', event }),
  };
}
