import type { Incident, IncidentEvent, ReportBody } from '@cityloop/contracts';
import { createNearbyIndex, toWgs84 } from '@cityloop/geo';
import type { Policy } from '@cityloop/incident';
import type { PictureRow } from './row.ts';

const HOUR_MS = 3_600_000;
/** Old items are dropped each time so many have come. */
const SWEEP_EVERY = 5_000;
const SHOWN = 5;

export type Duplicate = { readonly id: string; readonly number: string; readonly metres: number };

/** What the live picture knows of an open incident's place. */
export type Placed = Pick<
  PictureRow,
  'incident_id' | 'number' | 'lon' | 'lat' | 'category_code'
> & {
  /** Ms since 1970. */
  readonly reported_ms: number;
};

export type Nearby = {
  /** Takes what is open already: the stream is read from where it was left, by one process only. */
  fill(rows: readonly Placed[]): void;
  /** Follows the stream: what is open and lately reported. */
  follow(event: IncidentEvent, after: Incident): void;
  /** Open incidents of the same small category close to a report, by the pack's settings. */
  duplicates(id: string, body: ReportBody): readonly Duplicate[];
};

/**
 * Where open incidents of the last hours lie, in memory only: a hint for whoever reports or accepts;
 * nobody is merged by it.
 */
export function createNearby(policy: () => Policy, nowMs: () => number): Nearby {
  const index = createNearbyIndex();
  let inserted = 0;

  return {
    fill(rows) {
      for (const row of rows) {
        const { incident_id, number, lon, lat, category_code: category } = row;
        if (lon === null || lat === null || category === null) continue;
        index.insert({
          id: itemId(incident_id, number),
          lon,
          lat,
          category,
          atMs: row.reported_ms,
        });
      }
    },
    follow(event, { id, number, location, categoryCode, endedAt, reportedAt }) {
      if (endedAt !== undefined) {
        index.remove(itemId(id, number));
        return;
      }
      const { lon, lat } = location;
      if (!places(event) || lon === undefined || lat === undefined) return;
      const atMs = Date.parse(reportedAt);
      const sinceMs = nowMs() - policy().settings.duplicate.hours * HOUR_MS;
      if (categoryCode === undefined || atMs < sinceMs) return;
      index.insert({ id: itemId(id, number), lon, lat, category: categoryCode, atMs });
      inserted += 1;
      if (inserted % SWEEP_EVERY === 0) index.removeBefore(sinceMs);
    },
    duplicates(id, body) {
      const { lon, lat, crs } = body.location;
      if (body.categoryCode === undefined || lon === undefined || lat === undefined) return [];
      if (crs === undefined || index.size === 0) return [];
      const { metres, hours } = policy().settings.duplicate;
      return index
        .query({
          ...toWgs84({ lon, lat, crs }),
          category: body.categoryCode,
          atMs: nowMs(),
          withinMetres: metres,
          withinMs: hours * HOUR_MS,
        })
        .map((item) => ({ ...named(item.id), metres: Math.round(item.metres) }))
        .filter((item) => item.id !== id)
        .slice(0, SHOWN);
    },
  };
}

/** What opens an incident again, which was taken out when it ended, or says what it is. */
const placing: ReadonlySet<IncidentEvent['type']> = new Set([
  'intake.filed',
  'archive.reopened',
  'archive.unmerged',
]);

/** Whether an event says where an incident is or what it is, or brings it back. */
function places({ version, type }: IncidentEvent): boolean {
  return version === 1 || placing.has(type) || type.endsWith('.amended');
}

/** The index keeps one text an item: both names of the incident in it. */
const itemId = (id: string, number: string): string => `${id}/${number}`;

function named(item: string): { id: string; number: string } {
  return { id: item.slice(0, 36), number: item.slice(37) };
}
