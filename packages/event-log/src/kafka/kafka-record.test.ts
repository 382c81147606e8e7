import { encodeEvent, type IncidentEvent } from '@cityloop/contracts';
import type { KafkaMessage } from 'kafkajs';
import { expect, it } from 'vitest';
import { kafkaRecord } from './kafka-record.ts';

const at = '2026-03-02T01:00:00.000Z';
const event: IncidentEvent = {
  id: '01a1fefe-13e1-70f9-8485-25da5188eb21',
  incidentId: '01a1fefe-13e1-70f9-8485-25da5188eb20',
  version: 3,
  custodian: 'handling',
  occurredAt: at,
  recordedAt: at,
  type: 'handling.noted',
  data: { by: { id: 'somebody', role: 'unit-member' }, text: '已到现场' },
};

const message = (value: string, headers: KafkaMessage['headers'] = {}): KafkaMessage => ({
  key: Buffer.from(event.incidentId),
  value: Buffer.from(value),
  timestamp: '0',
  attributes: 0,
  offset: '41',
  headers,
});

it('is the same record in structured and in binary mode', () => {
  const { data, ...attributes } = JSON.parse(encodeEvent(event)) as Record<string, unknown>;
  const headers = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name === 'datacontenttype' ? 'content-type' : `ce_${name}`,
      Buffer.from(String(value)),
    ]),
  );
  const ours = kafkaRecord(5, message(encodeEvent(event)));
  const theirs = kafkaRecord(5, message(JSON.stringify(data), headers));
  for (const record of [ours, theirs]) {
    expect([record.partition, record.position, record.key]).toEqual([5, 42, event.incidentId]);
    expect([record.type(), record.addressee()]).toEqual(['handling.noted', 'handling']);
    expect(record.decoded()).toEqual({ kind: 'event', event });
  }
});

it('has what it has when it is no event, or nothing', () => {
  expect(kafkaRecord(0, message('{')).decoded().kind).toBe('poison');
  expect(kafkaRecord(0, { ...message(''), value: null }).body).toBe('');
});
