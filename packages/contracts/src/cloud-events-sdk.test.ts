import { readdirSync, readFileSync } from 'node:fs';
import { CloudEvent, HTTP, Kafka } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import {
  custodianAfter,
  decodeEvent,
  type EventType,
  encodeEvent,
  eventData,
  fromBinary,
  type IncidentEvent,
  peekCustodian,
} from './index.ts';

/*
 * The official SDK as the judge of our own codec.
 */

const recordings = new URL('../recordings/', import.meta.url);
const recorded = readdirSync(recordings)
  .filter((name) => name.endsWith('.ndjson'))
  .flatMap((name) => readFileSync(new URL(name, recordings), 'utf8').trimEnd().split('\n'));

const headers = { 'content-type': 'application/cloudevents+json' };

/** What the SDK makes of a structured event; throws when it is none. */
function bySdk(body: string): CloudEvent<unknown> {
  const event = HTTP.toEvent<unknown>({ headers, body });
  if (Array.isArray(event)) throw new Error('the SDK has read a batch');
  const strict = new CloudEvent<unknown>(event, true);
  strict.validate();
  return strict;
}

const eventOf = (type: EventType): IncidentEvent =>
  // The envelope is what is judged here; data are the business of the JSON Schemas.
  ({
    id: '019c0000-0000-7000-8000-000000000001',
    incidentId: '019c0000-0000-7000-8000-000000000002',
    version: 7,
    custodian: custodianAfter(type),
    occurredAt: '2026-03-02T09:00:00+08:00',
    recordedAt: '2026-03-02T01:00:01.000Z',
    type,
    data: { by: { id: 'clerk', role: 'clerk' } },
  }) as unknown as IncidentEvent;

describe('an event in structured mode', () => {
  it('is a CloudEvent to the SDK, whatever its type', () => {
    // The keys are the types.
    for (const type of Object.keys(eventData) as EventType[]) {
      const event = eventOf(type);
      expect(bySdk(encodeEvent(event))).toMatchObject({
        type: `cn.cityloop.${type}.v1`,
        custodian: event.custodian,
        subject: event.incidentId,
        sequence: '7',
        recordedat: event.recordedAt,
      });
    }
  });

  it('is one as it was ever recorded, with the same members', () => {
    expect(recorded.length).toBeGreaterThan(100);
    for (const text of recorded) {
      const { time, ...told } = JSON.parse(text) as Record<string, unknown>;
      const read = bySdk(text);
      expect(read.toJSON()).toMatchObject(told);
      expect(Date.parse(String(read.time))).toBe(Date.parse(String(time)));
    }
  });

  it('is none without a member the specification asks for', () => {
    const [text = ''] = recorded;
    const { source: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    expect(() => bySdk(JSON.stringify(rest))).toThrow();
  });
});

describe('an event in binary mode', () => {
  /** As the SDK sends it and a Kafka client delivers it: headers are bytes, data JSON. */
  function asDelivered(text: string) {
    const message = Kafka.binary(new CloudEvent<unknown>(JSON.parse(text) as object));
    const delivered = Object.entries(message.headers).map(
      ([name, value]) => [name, Buffer.from(String(value))] as const,
    );
    return { headers: Object.fromEntries(delivered), value: JSON.stringify(message.value) };
  }

  it('is the same event as in structured mode', () => {
    for (const text of recorded) {
      const { headers: attributes, value } = asDelivered(text);
      const structured = fromBinary(attributes, Buffer.from(value)) ?? '';
      const [was, is] = [decodeEvent(text), decodeEvent(structured)];
      if (was.kind !== 'event' || is.kind !== 'event') throw new Error(`unread: ${structured}`);
      expect(is.event).toEqual(was.event);
      expect(peekCustodian(structured)).toBe(was.event.custodian);
    }
  });
});
