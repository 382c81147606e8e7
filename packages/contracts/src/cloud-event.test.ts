import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEvent,
  encodeEvent,
  type IncidentEvent,
  peekCustodian,
  peekVersion,
  wireType,
} from './index.ts';

const noted = {
  id: '019c0000-0000-7000-8000-000000000001',
  incidentId: '019c0000-0000-7000-8000-000000000002',
  version: 7,
  custodian: 'handling',
  occurredAt: '2026-03-02T09:00:00+08:00',
  recordedAt: '2026-03-02T01:00:01.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  type: 'handling.noted',
  data: { by: { id: 'clerk', role: 'clerk' }, text: '引号 " 与 \\ 和换行\n' },
} as const satisfies IncidentEvent;

const wire = (change: (raw: Record<string, unknown>) => void): string => {
  const raw = JSON.parse(encodeEvent(noted)) as Record<string, unknown>;
  change(raw);
  return JSON.stringify(raw);
};
const codeOf = (text: string) => {
  const decoded = decodeEvent(text);
  return decoded.kind === 'poison' ? decoded.code : decoded.kind;
};

describe('an event on the wire', () => {
  it('comes back as it was', () => {
    expect(decodeEvent(encodeEvent(noted))).toEqual({ kind: 'event', event: noted });
  });

  it('is a CloudEvent whose type stands first and whose custodian second', () => {
    const text = encodeEvent(noted);
    expect(text.startsWith('{"type":"cn.cityloop.handling.noted.v1","custodian":"handling"')).toBe(
      true,
    );
    expect(JSON.parse(text)).toMatchObject({
      specversion: '1.0',
      source: '/cityloop/handling',
      subject: noted.incidentId,
      sequence: '7',
      time: noted.occurredAt,
    });
    expect(peekCustodian(text)).toBe('handling');
    expect(peekVersion(text)).toBe(7);
    expect(wireType('intake.filed')).toBe('cn.cityloop.intake.filed.v1');
  });

  it('tells no version by what people have written into it', () => {
    const data = { ...noted.data, text: '"sequence":"9"' };
    const text = encodeEvent({ ...noted, data }).replace('"sequence":"7",', '');
    expect(peekVersion(text)).toBeUndefined();
  });

  it('keeps what a newer build has added to its data', () => {
    const text = wire((raw) => Object.assign(raw['data'] as object, { weather: 'rain' }));
    expect(decodeEvent(text)).toMatchObject({ event: { data: { weather: 'rain' } } });
  });
});

describe('what cannot be read', () => {
  it('is told apart: no JSON, no envelope, another’s custody, data of another shape', () => {
    expect(codeOf('{')).toBe('EVENT_NOT_JSON');
    expect(codeOf('[]')).toBe('EVENT_ENVELOPE');
    expect(codeOf(wire((raw) => delete raw['subject']))).toBe('EVENT_ENVELOPE');
    expect(codeOf(wire((raw) => Object.assign(raw, { sequence: '0' })))).toBe('EVENT_ENVELOPE');
    expect(codeOf(wire((raw) => Object.assign(raw, { recordedat: 'yesterday' })))).toBe(
      'EVENT_ENVELOPE',
    );
    expect(codeOf(wire((raw) => Object.assign(raw, { custodian: 'archive' })))).toBe(
      'EVENT_CUSTODIAN',
    );
    expect(codeOf(wire((raw) => Object.assign(raw, { data: { by: 'me' } })))).toBe('EVENT_DATA');
    const handOver = wire((raw) =>
      Object.assign(raw, { type: wireType('handling.confirmed'), custodian: 'verification' }),
    );
    expect(codeOf(handOver)).toBe('EVENT_DATA');
  });

  it('is no poison when only its type is not known yet', () => {
    const type = 'cn.cityloop.handling.noted.v2';
    const decoded = decodeEvent(wire((raw) => Object.assign(raw, { type })));
    expect(decoded).toEqual({ kind: 'unknown', type, incidentId: noted.incidentId });
  });

  it('never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(decodeEvent(text).kind).toBe('poison');
        peekCustodian(text);
      }),
    );
    const members = Object.keys(JSON.parse(encodeEvent(noted)) as object);
    fc.assert(
      fc.property(fc.constantFrom(...members), fc.jsonValue(), (member, value) => {
        decodeEvent(wire((raw) => Object.assign(raw, { [member]: value })));
      }),
    );
  });
});
