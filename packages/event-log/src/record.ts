import {
  type Decoded,
  decodeEvent,
  type Incident,
  type IncidentEvent,
  peekCustodian,
  peekType,
  peekVersion,
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
    type: () => peekType(body),
    version: () => peekVersion(body),
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
    type: () => event.type,
    version: () => event.version,
    decoded: () => ({ kind: 'event', event }),
  };
}

/** The same record where a copy of the log has it; what was decoded of it stays so. */
export function movedRecord(record: LogRecord, position: number): LogRecord {
  return {
    partition: 0,
    position,
    key: record.key,
    get body() {
      return record.body;
    },
    get bytes() {
      return record.bytes;
    },
    addressee: () => record.addressee(),
    type: () => record.type(),
    version: () => record.version(),
    decoded: () => record.decoded(),
  };
}

/** Whether the record holds the event with this id, by a look at its text. */
export function hasEvent(record: LogRecord | undefined, eventId: string): boolean {
  return record?.body.includes(`"id":"${eventId}"`) === true;
}
