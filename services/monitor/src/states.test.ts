import type { Decoded, IncidentEvent } from '@cityloop/contracts';
import { describe, expect, it } from 'vitest';
import { unknownAmong } from './states.ts';

function event(incidentId: string, version: number, type = 'handling.noted') {
  // Only what the question is about.
  const made = { incidentId, version, type } as IncidentEvent;
  return { decoded: (): Decoded => ({ kind: 'event', event: made }) };
}

describe('unknownAmong', () => {
  it('asks for an incident that is known, but not up to the version before', () => {
    expect(unknownAmong([event('a', 5)], new Map([['a', { version: 3 }]]))).toEqual(['a']);
  });

  it('asks for nothing while versions follow one another, or are known already', () => {
    const known = new Map([['a', { version: 3 }]]);
    expect(unknownAmong([event('a', 2), event('a', 4), event('a', 5)], known)).toEqual([]);
    expect(unknownAmong([event('b', 1), event('b', 2)], known)).toEqual([]);
  });

  it('asks for an incident nothing is known of, and for one with a gap within the batch', () => {
    const records = [event('a', 4), event('b', 1), event('b', 3)];
    expect(unknownAmong(records, new Map())).toEqual(['a', 'b']);
  });
});
