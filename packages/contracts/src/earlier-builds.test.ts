import { describe, expect, it } from 'vitest';
import { decodeEvent } from './index.ts';

const by = { id: 'wang', role: 'dispatcher', centreId: '310110' };

/** What today's code makes of data an earlier build recorded. */
function read(type: string, data: object) {
  const decoded = decodeEvent(
    JSON.stringify({
      type: `cn.cityloop.${type}.v1`,
      custodian: type.split('.')[0],
      specversion: '1.0',
      id: '019c0000-0000-7000-8000-000000000001',
      source: '/cityloop/test',
      subject: '019c0000-0000-7000-8000-000000000002',
      sequence: '2',
      time: '2026-03-02T09:00:00+08:00',
      recordedat: '2026-03-02T01:00:01.000Z',
      data: { by, ...data },
    }),
  );
  return decoded.kind === 'event' ? decoded.event.data : decoded;
}

describe('an event of a build before the contracts were published', () => {
  const ruling = { ruling: 'send-back', unitId: 'roads', ruledAt: 'dispatcher', returnsSoFar: 1 };

  it('is read, with what it did not tell said to be so', () => {
    expect(read('dispatch.return-ruled', ruling)).toEqual({ by, ...ruling, fault: 'unrecorded' });
    const request = {
      id: 'r',
      act: 'cancel',
      at: '2026-03-02T09:00:00Z',
      by: 'wang',
      steps: [],
      agreed: [],
    };
    expect(read('dispatch.cancel-requested', { request })).toMatchObject({
      request: { ...request, centreId: '310110' },
    });
  });

  it('keeps what it did tell', () => {
    const told = { ...ruling, fault: 'shirking' };
    expect(read('dispatch.return-ruled', told)).toEqual({ by, ...told });
  });

  it('is poison all the same when something else is wrong, and that is what is told of it', () => {
    const wrong = read('dispatch.return-ruled', { ...ruling, returnsSoFar: 'many' });
    expect(wrong).toMatchObject({ kind: 'poison', code: 'EVENT_DATA' });
    expect(wrong).toHaveProperty('reason', expect.stringContaining('returnsSoFar'));
    expect(read('dispatch.return-ruled', { fault: 7 })).toHaveProperty('code', 'EVENT_DATA');
  });
});
