import {
  type Decoded,
  decodeEvent,
  fromBinary,
  peekCustodian,
  peekType,
  peekVersion,
} from '@cityloop/contracts';
import type { KafkaMessage } from 'kafkajs';
import type { LogRecord } from '../event-log.ts';

/** Enough to hold the type and the addressee, which are what an event begins with. */
const PEEK_BYTES = 160;
/** Enough to hold all that stands before the data. */
const ENVELOPE_BYTES = 500;
const NOTHING = Buffer.alloc(0);

/** Positions count from 1, offsets from 0. */
export const positionOf = (offset: string): number => Number(offset) + 1;
export const offsetOf = (position: number): string => String(position - 1);

/**
 * What an event is in structured mode, in which we write; others may write in binary mode, which has the
 * version of CloudEvents in a header.
 */
function structured({ headers, value }: KafkaMessage): Buffer {
  const text = headers?.ce_specversion === undefined ? undefined : fromBinary(headers, value);
  return text === undefined ? (value ?? NOTHING) : Buffer.from(text);
}

/** A record as it came from a broker: text when asked for, decoded when first asked, and then kept. */
export function kafkaRecord(partition: number, message: KafkaMessage): LogRecord {
  const bytes = structured(message);
  let body: string | undefined;
  let decoded: Decoded | undefined;
  return {
    partition,
    position: positionOf(message.offset),
    key: message.key?.toString() ?? '',
    bytes,
    get body() {
      body ??= bytes.toString();
      return body;
    },
    addressee: () => peekCustodian(bytes.toString('latin1', 0, PEEK_BYTES)),
    type: () => peekType(bytes.toString('latin1', 0, PEEK_BYTES)),
    version: () => peekVersion(bytes.toString('latin1', 0, ENVELOPE_BYTES)),
    decoded() {
      decoded ??= decodeEvent(this.body);
      return decoded;
    },
  };
}
