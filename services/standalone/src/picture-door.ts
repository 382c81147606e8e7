import type { Loop, Pictured } from '@cityloop/console';
import { type Stage, stages } from '@cityloop/contracts';
import { type Monitor, type PictureRow, pictureOf, scopeOf } from '@cityloop/monitor';

/** The monitor as the gateway wants it: rows named and scoped as the API does. */
export function pictureDoor(monitor: Monitor): Loop['picture'] {
  const { search, live, nearby } = monitor;
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
    duplicates: (id, body) => nearby.duplicates(id, body),
    onEvent: (listen) => live.onEvent(listen),
    replay: (from, limit) => monitor.replay(from, limit),
    show: (incident) => pictured(pictureOf(incident)),
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
