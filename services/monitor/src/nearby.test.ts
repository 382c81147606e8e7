import { type Incident, type IncidentEvent, ReportBody } from '@cityloop/contracts';
import type { Policy } from '@cityloop/incident';
import { describe, expect, it } from 'vitest';
import { createNearby } from './nearby.ts';

const NOW = Date.parse('2026-03-02T09:00:00+08:00');
const OPEN = '00000000-0000-7000-8000-000000000001';
const OTHER = '00000000-0000-7000-8000-000000000002';
// Only what the index asks of it.
const policy = { settings: { duplicate: { metres: 50, hours: 24 } } } as Policy;

const body = ReportBody.parse({
  channel: 'hotline-12345',
  description: '井盖破损',
  categoryCode: 'E01-10',
  location: { lon: 121.5, lat: 31.3, crs: 'WGS84' },
});

describe('nearby', () => {
  it('finds what was open before the start', () => {
    const nearby = createNearby(
      () => policy,
      () => NOW,
    );
    const row = { number: 'N1', lon: 121.5, lat: 31.3, reported_ms: NOW - 3_600_000 };
    nearby.fill([
      { ...row, incident_id: OPEN, category_code: 'E01-10' },
      { ...row, incident_id: OTHER, category_code: null },
    ]);
    expect(nearby.duplicates(OTHER, body)).toEqual([{ id: OPEN, number: 'N1', metres: 0 }]);
  });

  it('forgets what has ended, and finds it again once it is brought back', () => {
    const nearby = createNearby(
      () => policy,
      () => NOW,
    );
    // Only what the index asks of them.
    const seen = (type: string, endedAt?: string) =>
      nearby.follow(
        { type, version: 2 } as IncidentEvent,
        {
          id: OPEN,
          number: 'N1',
          location: { lon: 121.5, lat: 31.3 },
          categoryCode: 'E01-10',
          reportedAt: '2026-03-02T08:00:00+08:00',
          ...(endedAt === undefined ? {} : { endedAt }),
        } as Incident,
      );
    const found = () => nearby.duplicates(OTHER, body).map(({ id }) => id);
    for (const [end, back] of [
      ['intake.merged', 'archive.unmerged'],
      ['verification.closed', 'archive.reopened'],
    ] as const) {
      seen('intake.filed');
      expect(found()).toEqual([OPEN]);
      seen(end, '2026-03-02T08:30:00+08:00');
      expect(found()).toEqual([]);
      seen('archive.noted', '2026-03-02T08:30:00+08:00');
      expect(found()).toEqual([]);
      seen(back);
      expect(found()).toEqual([OPEN]);
    }
  });
});
