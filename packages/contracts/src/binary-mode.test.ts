import { describe, expect, it } from 'vitest';
import { decodeEvent, fromBinary } from './index.ts';

const headers = {
  'content-type': 'application/json; charset=utf-8',
  ce_id: '019c0000-0000-7000-8000-000000000001',
  ce_specversion: '1.0',
  ce_type: 'cn.cityloop.handling.noted.v1',
  ce_custodian: 'handling',
  ce_source: '/cityloop/handling',
  ce_subject: '019c0000-0000-7000-8000-000000000002',
  ce_sequence: '7',
  ce_time: '2026-03-02T09:00:00+08:00',
  ce_recordedat: '2026-03-02T01:00:01.000Z',
};
const data = '{"by":{"id":"clerk","role":"clerk"},"text":"引号 \\" 与换行\\n"}';
const read = (from: Parameters<typeof fromBinary>[0], value: string | null = data) =>
  decodeEvent(fromBinary(from, value) ?? 'not in binary mode');

describe('a record in binary mode', () => {
  it('is read as the same event in structured mode, from text or bytes', () => {
    const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]);
    const event = { type: 'handling.noted', version: 7, data: { text: '引号 " 与换行\n' } };
    expect(read(headers)).toMatchObject({ kind: 'event', event });
    expect(decodeEvent(fromBinary(Object.fromEntries(bytes), Buffer.from(data)) ?? '')).toEqual(
      read(headers),
    );
  });

  it('keeps the trace, told as an attribute or by the header of W3C', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const other = traceparent.replace('4b', '5b');
    expect(read({ ...headers, traceparent })).toMatchObject({ event: { traceparent } });
    expect(read({ ...headers, traceparent: other, ce_traceparent: traceparent })).toMatchObject({
      event: { traceparent },
    });
  });

  it('takes the last of several headers of one name', () => {
    expect(read({ ...headers, ce_sequence: ['6', '8'] })).toMatchObject({ event: { version: 8 } });
  });

  it('lets no data speak for the envelope', () => {
    const sly = `${data},"subject":"019c0000-0000-7000-8000-000000000003"`;
    expect(read(headers, sly)).toMatchObject({ kind: 'poison', code: 'EVENT_NOT_JSON' });
  });

  it('is poison, not an exception, when its data are missing, broken or no JSON', () => {
    expect(read(headers, null)).toMatchObject({ code: 'EVENT_ENVELOPE' });
    expect(read(headers, '{')).toMatchObject({ code: 'EVENT_NOT_JSON' });
    expect(read({ ...headers, 'content-type': 'text/plain' })).toMatchObject({
      code: 'EVENT_DATA',
    });
  });
});

describe('a record that is not in binary mode', () => {
  it('is left to who reads structured mode', () => {
    const structured = { ...headers, 'content-type': 'application/cloudevents+json' };
    expect(fromBinary(structured, data)).toBeUndefined();
    expect(fromBinary({}, data)).toBeUndefined();
    expect(fromBinary({ 'content-type': 'application/json' }, data)).toBeUndefined();
  });
});
