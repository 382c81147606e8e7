import { z } from 'zod';
import { custodianAfter } from './custody.ts';
import { completed } from './earlier-builds.ts';
import { eventData, type IncidentEvent, isEventType, stampSchema } from './events.ts';

const PREFIX = 'cn.cityloop.';
const SUFFIX = '.v1';
const START = `{"type":"${PREFIX}`;
/** How far the envelope reaches, which stands before the data, characters. */
const HEAD = 500;

/** `intake.filed` as it is called on the wire: `cn.cityloop.intake.filed.v1`. */
export function wireType(type: string): string {
  return `${PREFIX}${type}${SUFFIX}`;
}

/**
 * One event as a CloudEvent 1.0 in structured JSON. `type` stands first and `custodian` second, so
 * that a reader can pass over what is not for it by looking at the first bytes.
 */
export function encodeEvent(event: IncidentEvent): string {
  const { type } = event;
  // One flat text: parts put together would be copied once more by whoever writes them.
  return JSON.stringify({
    type: `${PREFIX}${type}${SUFFIX}`,
    custodian: event.custodian,
    specversion: '1.0',
    id: event.id,
    source: `/cityloop/${type.slice(0, type.indexOf('.'))}`,
    subject: event.incidentId,
    sequence: `${event.version}`,
    time: event.occurredAt,
    recordedat: event.recordedAt,
    traceparent: event.traceparent,
    datacontenttype: 'application/json',
    data: event.data,
  });
}

const Envelope = z.looseObject({
  specversion: z.literal('1.0'),
  type: z.string().startsWith(PREFIX),
  custodian: z.string(),
  id: z.string(),
  subject: z.string(),
  sequence: z.string().regex(/^[1-9]\d{0,8}$/),
  time: z.string(),
  recordedat: z.string(),
  traceparent: z.string().optional(),
  data: z.unknown(),
});

export type Decoded =
  | { readonly kind: 'event'; readonly event: IncidentEvent }
  /** A valid envelope of a type this build does not know: the incident waits for one that does. */
  | { readonly kind: 'unknown'; readonly type: string; readonly incidentId: string }
  | { readonly kind: 'poison'; readonly code: string; readonly reason: string };

/** Parses what came from a log or a database. Never throws: what cannot be read is named poison. */
export function decodeEvent(text: string): Decoded {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { kind: 'poison', code: 'EVENT_NOT_JSON', reason: 'the record is not JSON' };
  }
  const envelope = Envelope.safeParse(raw);
  if (!envelope.success) {
    return { kind: 'poison', code: 'EVENT_ENVELOPE', reason: z.prettifyError(envelope.error) };
  }
  const wire = envelope.data;
  const type = wire.type.slice(PREFIX.length, -SUFFIX.length);
  if (!wire.type.endsWith(SUFFIX) || !isEventType(type)) {
    return { kind: 'unknown', type: wire.type, incidentId: wire.subject };
  }
  const stamp = stampSchema.safeParse({
    id: wire.id,
    incidentId: wire.subject,
    version: Number(wire.sequence),
    custodian: wire.custodian,
    occurredAt: wire.time,
    recordedAt: wire.recordedat,
    ...(wire.traceparent === undefined ? {} : { traceparent: wire.traceparent }),
  });
  if (!stamp.success) {
    return { kind: 'poison', code: 'EVENT_ENVELOPE', reason: z.prettifyError(stamp.error) };
  }
  if (stamp.data.custodian !== custodianAfter(type)) {
    return {
      kind: 'poison',
      code: 'EVENT_CUSTODIAN',
      reason: `${type} passes custody to ${custodianAfter(type)}, not to ${wire.custodian}`,
    };
  }
  const schema = eventData[type];
  const asTold = schema.safeParse(wire.data);
  const data = asTold.success ? asTold : schema.safeParse(completed(type, wire.data));
  if (!data.success) {
    // What is wrong with what was told, whatever the attempt to complete it came to.
    const error = asTold.error ?? data.error;
    return { kind: 'poison', code: 'EVENT_DATA', reason: z.prettifyError(error) };
  }
  // `data` was parsed by the schema that stands under this very `type`.
  return { kind: 'event', event: { ...stamp.data, type, data: data.data } as IncidentEvent };
}

/**
 * Whom an encoded event is addressed to, read from its first bytes without parsing; undefined when
 * the text does not begin as ours do.
 */
export function peekCustodian(text: string): string | undefined {
  const at = text.indexOf('","custodian":"');
  if (at < 0 || at > 100) return undefined;
  const from = at + 15;
  return text.slice(from, text.indexOf('"', from));
}

/**
 * What an encoded event tells of (`intake.filed`), read from its first bytes without parsing; undefined when
 * the text does not begin as ours do.
 */
export function peekType(text: string): string | undefined {
  if (!text.startsWith(START)) return undefined;
  const end = text.indexOf('"', START.length);
  if (end < 0 || end > 100 || !text.startsWith(SUFFIX, end - SUFFIX.length)) return undefined;
  return text.slice(START.length, end - SUFFIX.length);
}

/** Which version of its incident an encoded event is, by its first bytes; undefined when they do not tell. */
export function peekVersion(text: string): number | undefined {
  const digits = /"sequence":"([1-9]\d{0,8})"/.exec(text.slice(0, HEAD))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
