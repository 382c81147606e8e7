import { type Incident, type IncidentEvent, type Stage, stages } from '@cityloop/contracts';
import type { Follower, PictureDoor, Pictured, Told } from '@cityloop/service';
import { type PictureRow, pictureOf, scopeOf } from './row.ts';
import type { Monitor } from './service.ts';

/** The monitor as the gateway wants it: rows named and scoped as the API does. */
export function pictureDoor(monitor: Monitor): PictureDoor {
  const { search, live, nearby } = monitor;
  const followers = new Set<Follower>();
  let deaf: (() => void) | undefined;

  /** Each event is made for all who follow, and only when somebody does. */
  function tell(event: IncidentEvent, after: Incident, position: number): void {
    const told = toldOf(position, event, after);
    for (const follower of followers) follower.told(told);
  }

  return {
    async find(subject, terms) {
      return (await search.find(subject, terms)).map(pictured);
    },
    async get(id) {
      const row = live.row(id) ?? (await search.get(id));
      return row === undefined ? undefined : pictured(row);
    },
    async byNumber(number) {
      const row = await search.byNumber(number);
      return row === undefined ? undefined : pictured(row);
    },
    counts: (subject) => search.counts(subject),
    duplicates: async (id, body) => nearby.duplicates(id, body),
    previewMode: (imagined) => monitor.previewMode(imagined),
    async follow(follower) {
      followers.add(follower);
      deaf ??= live.onEvent(tell);
      const stop = (): void => {
        followers.delete(follower);
        if (followers.size > 0) return;
        deaf?.();
        deaf = undefined;
      };
      return { from: live.position(), stop };
    },
    async replay(from, limit) {
      const found = await monitor.replay(from, limit);
      return found.map(({ position, event, after }) => toldOf(position, event, after));
    },
  };
}

function toldOf(position: number, event: IncidentEvent, after: Incident): Told {
  const { type, recordedAt, occurredAt, version, data } = event;
  return {
    position,
    event: { type, recordedAt, occurredAt, version, by: data.by.role },
    pictured: () => pictured(pictureOf(after)),
  };
}

function pictured(row: PictureRow & { readonly ms?: number }): Pictured {
  return {
    id: row.incident_id,
    custodian: stages.find((s): s is Stage => s === row.custodian) ?? 'archive',
    scope: scopeOf(row),
    view: viewOf(row),
    reportedMs: row.ms ?? Date.parse(row.reported_at),
  };
}

const iso = (time: string | null): string | undefined =>
  time === null ? undefined : new Date(time).toISOString();

function viewOf(row: PictureRow): Readonly<Record<string, unknown>> {
  return {
    id: row.incident_id,
    number: row.number,
    version: row.version,
    status: row.status,
    custodian: row.custodian,
    channel: row.channel,
    urgency: row.urgency,
    description: row.description,
    ...(row.category_code === null ? {} : { categoryCode: row.category_code }),
    ...(row.kind === null ? {} : { kind: row.kind }),
    ...(row.standard_id === null ? {} : { standardId: row.standard_id }),
    ...(row.address === null ? {} : { address: row.address }),
    ...(row.lon === null || row.lat === null
      ? {}
      : { location: { lon: row.lon, lat: row.lat, crs: 'WGS84' } }),
    ...(row.ground === null ? {} : { area: row.ground }),
    ownerCentreId: row.owner_centre,
    centreId: row.centre,
    level: row.level,
    ...(row.unit === null ? {} : { unitId: row.unit }),
    ...(row.external_number === null ? {} : { externalNumber: row.external_number }),
    reportedAt: iso(row.reported_at),
    ...(row.due_at === null ? {} : { dueAt: iso(row.due_at) }),
    overdue: row.overdue,
    supervised: row.supervised,
    ...(row.ended_at === null ? {} : { endedAt: iso(row.ended_at) }),
    updatedAt: iso(row.updated_at),
  };
}
